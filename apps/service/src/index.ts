export { yieldToTicks } from './engine-threads.ts';
export { configureHttp, listen } from './http.ts';
export { endWith, stopOnSignals } from './process-end.ts';
export { probePort } from './probe-port.ts';
export { StartupError } from './startup-error.ts';
export { loadWorlds, type WorldSet } from './worlds.ts';
