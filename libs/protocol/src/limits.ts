/** Every bound that both ends know. Sizes are bytes on the wire; rates are per player. */
export const LIMITS = {
  /** Of one input's value. */
  maxInputBytes: 1024,
  maxInputsPerFrame: 64,
  inputsPerSecond: 60,
  inputBurst: 120,
  /** The most that a client sends in one message: a full input frame and room to spare. */
  maxClientMessageBytes: 69_632,
  /** Of one state frame. */
  maxFrameBytes: 65_535,
  /** The most that the server sends in one message, unless the client announced less. */
  maxMessageBytes: 65_536,
  /** A client cannot announce less than this. */
  minMessageBytes: 1024,
  maxZonesPerConnection: 256,
  maxComponents: 31,
  maxFieldsPerComponent: 64,
  maxTextBytes: 4096,
  maxListLength: 4096,
  /** Inputs or events of one ruleset. */
  maxKinds: 256,
  maxValueDepth: 8,
  maxValueFields: 64,
  maxEnumValues: 256,
  maxArrayLength: 4096,
  maxStringBytes: 65_535,
  maxJsonBytes: 65_535,
  /** Characters are UTF-16 code units. */
  nameMinChars: 1,
  nameMaxChars: 24,
  chatMaxChars: 200,
  aiTextMaxChars: 200,
  /** Names in one answer to `who`. */
  whoMaxNames: 100,
  /** How long a seat is kept after its connection was lost. */
  resumeSeconds: 60,
  /** The furthest tick ahead of the zone that an input can ask for. */
  maxTicksAhead: 10,
} as const;
