/** The environment of this process without Overworld's own settings: what a process that it starts inherits. */
export function inheritedEnvironment(): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !name.startsWith('OVERWORLD_')) kept[name] = value;
  }
  return kept;
}
