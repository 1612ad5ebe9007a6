export type { FrameTaker } from './frame-assembly.ts';
export type { MirrorPlayer } from './mirror-players.ts';
export { Mirror, type MirrorCounts, type MirrorResult } from './mirror.ts';
export type { Interest } from './mirror-places.ts';
export { type Taken, View, type ViewCounts, type ViewOptions } from './view.ts';
export type { ZoneEvent } from './zone-event.ts';
export type { ViewSource } from './zone-view.ts';
