import { ApiExtraModels, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { reference, ReferenceField, ReferencePayload } from '#platform/http/reference';
import { SCOPES, type Scope, type ScopeKind } from './scopes.js';

export class ScopeBody {
  @ApiProperty() readonly scope!: string;
  @ApiProperty() readonly category!: string;
  @ApiProperty() readonly description!: string;
  @ApiProperty({ enum: ['read', 'write', 'send', 'delete', 'composite'] }) readonly kind!: ScopeKind;
  @ApiPropertyOptional({ type: [String] }) readonly includes?: readonly string[];
  @ApiProperty() readonly gateable!: boolean;
  @ApiProperty() readonly admin!: boolean;
}

@ApiExtraModels(ReferencePayload)
export class TokenReferenceBody {
  @ApiProperty() readonly version!: string;
  @ApiProperty() readonly resource!: string;
  @ApiProperty({ type: 'object', additionalProperties: { $ref: '#/components/schemas/ReferencePayload' } })
  readonly payload!: Readonly<Record<string, ReferencePayload>>;
  @ApiProperty({ type: [ReferenceField] }) readonly fields!: readonly ReferenceField[];
  @ApiProperty({ type: Object }) readonly builder!: object;
  @ApiProperty({ type: [ScopeBody] }) readonly scopes!: readonly ScopeBody[];
  @ApiProperty({ type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } })
  readonly categories!: Readonly<Record<string, readonly string[]>>;
  @ApiProperty({ type: Object }) readonly counts!: object;
}

const referenceOf = (scopes: readonly Scope[]) => {
  const named = Object.groupBy(scopes, ({ category }) => category);
  const categories = Object.fromEntries(
    Object.entries(named).map(([category, members = []]) => [category, members.map(({ scope }) => scope)]),
  );
  return reference({
    resource: 'tokens',
    payload: {
      create_token: {
        method: 'POST',
        path: '/v1/tokens/',
        body: { inbox_id: 'inb_...', label: 'Support agent', scopes: ['email:read', 'email:send'] },
      },
      list_tokens: { method: 'GET', path: '/v1/tokens/?inbox_id={inbox_id}', body: null },
      rotate_token: {
        method: 'PATCH',
        path: '/v1/tokens/{token_id}/',
        body: { action: 'rotate', grace_seconds: 300 },
      },
      pause_token: { method: 'PATCH', path: '/v1/tokens/{token_id}/', body: { action: 'pause' } },
      resume_token: { method: 'PATCH', path: '/v1/tokens/{token_id}/', body: { action: 'resume' } },
      revoke_token: { method: 'DELETE', path: '/v1/tokens/{token_id}/', body: null },
    },
    fields: [
      { name: 'inbox_id', type: 'string', required: true, description: 'The one inbox of the token' },
      { name: 'label', type: 'string', required: true, max: 100, description: 'What the token is for' },
      {
        name: 'scopes',
        type: 'array<string>',
        required: true,
        values: scopes.map(({ scope }) => scope),
        description: 'What the agent may do; never changed afterwards',
      },
      {
        name: 'requires_approval',
        type: 'array<string>',
        required: false,
        values: scopes.filter(({ gateable }) => gateable).map(({ scope }) => scope),
        description: 'What of it waits for a person to approve it',
      },
      {
        name: 'expires_at',
        type: 'string',
        required: false,
        description: 'ISO 8601; without it the token does not expire',
      },
    ],
    builder: {
      action: 'create_token',
      steps: ['inbox_id', 'label', 'scopes', 'requires_approval', 'expires_at'],
    },
    lists: { scopes, categories },
  });
};

export const adminReference = referenceOf(SCOPES);
export const publicReference = referenceOf(SCOPES.filter(({ admin }) => !admin));
