export { type ComponentHealth, type HealthComponent, HealthRegistry, type HealthReport } from './health.ts';
export { createLogger, type LogContext, type Logger, type LoggerOptions, withLogContext } from './logger.ts';
export { createMetrics, type Metrics, metricsTable } from './metrics.ts';
export { subjectKind } from './subject-kind.ts';
