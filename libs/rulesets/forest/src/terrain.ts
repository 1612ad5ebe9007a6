import { ForestMap } from './forest-map.ts';
import { PathFinder } from './path-finder.ts';

/** The map and the search on it: both follow from the parameters alone. */
export class ForestTerrain {
  readonly map: ForestMap;
  readonly paths: PathFinder;

  constructor(params: unknown) {
    this.map = new ForestMap(params);
    this.paths = new PathFinder(this.map);
  }
}
