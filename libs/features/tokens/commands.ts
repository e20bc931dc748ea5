import { Command } from '#kernel/messages';
import type { TokenCreated, TokenRotated } from './events.js';

/** `now`: whether it has expired is decided by it. */
type Now = { now: string };

export class CreateToken extends Command('CreateToken')<TokenCreated['data']> {}
export class RotateToken extends Command('RotateToken')<TokenRotated['data'] & Now> {}
export class PauseToken extends Command('PauseToken')<{ tokenId: string } & Now> {}
export class ResumeToken extends Command('ResumeToken')<{ tokenId: string } & Now> {}
export class RevokeToken extends Command('RevokeToken')<{ tokenId: string }> {}
export type TokenCommand = CreateToken | RotateToken | PauseToken | ResumeToken | RevokeToken;
