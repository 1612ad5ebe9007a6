/** socket.io's own rooms are named after connections, whose ids have this many characters. */
const SOCKET_ID_LENGTH = 20;

function room(name: string): string {
  return name.length === SOCKET_ID_LENGTH ? `${name}/` : name;
}

/**
 * The rooms that chat and presence are told to. No name of a world or a zone has a slash, so none is taken for another;
 * and none has the length of a connection's id, by which the adapter tells connections from rooms.
 */
export const rooms = {
  world: (name: string): string => room(`world/${name}`),
  zone: (name: string): string => room(`zone/${name}`),
} as const;
