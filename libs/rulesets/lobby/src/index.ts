export { lobby, lobbyParams } from './lobby.ts';
