import { type DynamicModule, Module } from '@nestjs/common';
import { AiModule } from '@overworld/ai';
import { GatewayModule, type GatewayOptions } from '@overworld/gateway';
import { type DatabaseOptions, PersistenceModule } from '@overworld/persistence';
import { type PlatformBindings, PlatformModule } from '@overworld/platform';
import { SessionModule, type SessionOptions } from '@overworld/session';
import { ShardModule, type ShardOptions } from '@overworld/shard';

export interface RootOptions {
  readonly platform: PlatformBindings;
  readonly database: DatabaseOptions;
  readonly session: SessionOptions;
  readonly gateway: GatewayOptions;
  readonly shard: ShardOptions;
}

/** All five services in one process, each its own module; they meet on the bus alone. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: a Nest module is a class
export class RootModule {
  static forRoot(options: RootOptions): DynamicModule {
    return {
      module: RootModule,
      imports: [
        PlatformModule.forRoot(options.platform, { hasOpsRoutes: true }),
        PersistenceModule.forRoot(options.database),
        SessionModule.forRoot(options.session),
        ShardModule.forRoot(options.shard),
        GatewayModule.forRoot(options.gateway),
        AiModule,
      ],
    };
  }
}
