export {
  Cluster,
  type ClusterOptions,
  type Restarted,
  startCluster,
} from './cluster.ts';
export { freePort } from './free-port.ts';
export type { Infrastructure, InfrastructureServer } from './infrastructure.ts';
export { MetricsPage, quantile } from './metrics-page.ts';
export type { OperatorAccess } from './operator-access.ts';
export {
  SERVICE_KINDS,
  type ServiceEvent,
  type ServiceKind,
  type ServiceProcess,
  type ServiceState,
} from './service-process.ts';
export { DEFAULT_REPLICAS, type Dependency, type Replicas, type Route } from './services.ts';
