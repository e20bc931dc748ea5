import { describe, expect, it } from '@jest/globals';
import { tokensSite } from '#testing/tokens-site';
import { SCOPES } from './scopes.js';

const { site } = tokensSite();

describe('the catalogue of scopes', () => {
  const scopesOf = async (caller: string | null) => {
    const { status, body, headers } = await site.app.call(caller, 'GET', '/tokens/reference/');
    return { status, body, etag: headers.get('etag') };
  };

  it('is for everybody, and whole for admins', async () => {
    const [anybody, member, admin] = [
      await scopesOf(null),
      await scopesOf('acmeSession'),
      await scopesOf('acmeAdmin'),
    ];
    expect(anybody.status).toBe(200);
    expect(member.body).toEqual(anybody.body);
    expect(anybody.body.counts).toEqual({ scopes: SCOPES.length - 3, categories: 16 });
    expect(admin.body.counts).toEqual({ scopes: SCOPES.length, categories: 17 });
    expect(JSON.stringify(anybody.body)).not.toContain('audit:read');
    expect(admin.body.categories.Audit).toEqual(['audit:read']);
    expect(anybody.body).toMatchObject({ version: '2026-06-06', resource: 'tokens' });
    expect(anybody.etag).not.toBe(admin.etag);
    const { status } = await site.app.call(null, 'GET', '/tokens/reference/', undefined, {
      'if-none-match': String(anybody.etag),
    });
    expect(status).toBe(304);
  });

  it('refuses a credential that is none', async () => {
    expect((await scopesOf('nonsense')).status).toBe(401);
  });
});
