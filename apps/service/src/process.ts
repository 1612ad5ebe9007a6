export { openClusterPorts } from './cluster-ports.ts';
export { runService } from './run-service.ts';
export { proxyTo } from './session-proxy.ts';
export { pageIn } from './web-page.ts';
