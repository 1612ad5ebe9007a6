export { Bot, type BotOptions, type LatencyListener, type Moment, type Told } from './bot.ts';
export type { Counts } from './crew.ts';
export { type BotsOptions, DEFAULT_THRESHOLDS, type Thresholds } from './options.ts';
export type { BotsReport, ServerReport } from './report.ts';
export { type Progress, runBots } from './run.ts';
