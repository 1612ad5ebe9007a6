export { KIND } from './components.ts';
export { forest } from './forest.ts';
export { CELL_M, CELLS, ForestMap, forestParams, SIZE_M } from './forest-map.ts';
