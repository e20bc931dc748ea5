import { unauthenticated } from '#kernel/errors';
import { InboxDirectory, SessionCredentials, type Principal } from '#platform/http/credentials';

const agent = (tenant: string, ...scopes: readonly string[]): Principal => ({
  tenantId: `ten_${tenant}`,
  inboxId: `inb_${tenant}`,
  actor: { type: 'token', id: `tok_${tenant}` },
  scopes,
});

const session = (tenant: string, role: 'member' | 'admin'): Principal => ({
  tenantId: `ten_${tenant}`,
  actor: { type: 'user', id: `usr_${tenant}` },
  role,
  scopes: [],
});

const SCOPES = ['workflows:read', 'workflows:write', 'email:read', 'email:write', 'email:send'];

const CALLERS: Readonly<Record<string, Principal>> = {
  acme: agent('acme', ...SCOPES),
  acmeAuditor: agent('acme', 'audit:read'),
  acmeReader: agent('acme', 'workflows:read', 'email:read'),
  acmeSession: session('acme', 'member'),
  acmeAdmin: session('acme', 'admin'),
  rival: agent('rival', ...SCOPES),
  rivalAdmin: session('rival', 'admin'),
};

/** Two tenants with an inbox each; the bearer is the name of the caller. */
export class FixedCredentials extends SessionCredentials {
  async authenticate(bearer: string): Promise<Principal> {
    const caller = CALLERS[bearer];
    if (!caller) throw unauthenticated('token-invalid', 'This token is not valid');
    return caller;
  }
}

export class FixedInboxes extends InboxDirectory {
  async find(tenantId: string, id: string): Promise<string | undefined> {
    return Object.values(CALLERS).find((each) => each.tenantId === tenantId && each.inboxId === id)?.inboxId;
  }
}
