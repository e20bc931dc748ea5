import { Command } from '#kernel/messages';
import type { PlanChanged, SignOutReason, TenantCreated, UserCreated } from './events.js';

export class CreateTenant extends Command('CreateTenant')<TenantCreated['data']> {}
export class ChangePlan extends Command('ChangePlan')<PlanChanged['data']> {}
export type TenantCommand = CreateTenant | ChangePlan;

export class CreateUser extends Command('CreateUser')<UserCreated['data']> {}
export class RecordPasswordChange extends Command('RecordPasswordChange')<{ userId: string }> {}
export type UserCommand = CreateUser | RecordPasswordChange;

type SignedOut = { sessionId: string; reason: SignOutReason };

export class SignIn extends Command('SignIn')<{ sessionId: string; userId: string }> {}
export class SignOut extends Command('SignOut')<SignedOut> {}
export type SessionCommand = SignIn | SignOut;
