/** What the services are given. Each token stands for a port or a shared value; the process that starts them binds it. */
export const BUS = Symbol('Bus');
export const JOURNAL = Symbol('Journal');
export const LEASES = Symbol('Leases');
export const BLOBS = Symbol('Blobs');
export const CLOCK = Symbol('Clock');
export const METRICS = Symbol('Metrics');
/** The clock that signs of life go by: those that processes give of themselves, and the patience of who looks for them. */
export const LIVENESS_CLOCK = Symbol('LivenessClock');
export const HEALTH = Symbol('Health');
export const LOGGER = Symbol('Logger');
/** Calls to other services: a `ServiceCaller`. */
export const SERVICES = Symbol('Services');
/** The rulesets that this process knows, by name. */
export const RULESETS = Symbol('Rulesets');
/** The worlds that players can enter. */
export const WORLDS = Symbol('Worlds');
