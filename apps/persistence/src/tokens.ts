export const ACCOUNTS = Symbol('Accounts');
export const SESSIONS = Symbol('Sessions');
export const CHARACTERS = Symbol('Characters');
export const ZONE_REGISTRY = Symbol('ZoneRegistry');
export const EFFECTS_LISTENER = Symbol('EffectsListener');
