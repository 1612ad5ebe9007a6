/** A server that the services rely on, as a process of this machine. */
export interface InfrastructureServer {
  /** `nats-1` */
  readonly name: string;
  readonly pid: number | undefined;
  /** `host:port` */
  readonly address: string;
  /** Sends a signal and does nothing about what follows. */
  kill(signal: NodeJS.Signals): void;
  /** Starts it again on the same port with the same data, when it does not run. Resolves when it is ready. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}
