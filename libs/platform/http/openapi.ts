import type { INestApplication } from '@nestjs/common';
import {
  ApiProperty,
  ApiPropertyOptional,
  DocumentBuilder,
  SwaggerModule,
  type OpenAPIObject,
} from '@nestjs/swagger';
import { describeRules } from './described-rules.js';
import { IDEMPOTENCY_KEY } from './idempotency.js';
import { CONTRACT_VERSION } from './reference.js';
import { refusalsOf } from './refuses.js';
import { Routes, type Route } from './routes.js';

class FieldErrorBody {
  @ApiProperty({ example: 'address' }) readonly field!: string;
  @ApiProperty() readonly code!: string;
  @ApiProperty() readonly message!: string;
}

/** RFC 9457. */
class Problem {
  @ApiProperty({ example: 'about:blank' }) readonly type!: string;
  @ApiProperty() readonly title!: string;
  @ApiProperty({ type: 'integer' }) readonly status!: number;
  @ApiProperty({ description: 'Stable: what a program goes by' }) readonly code!: string;
  @ApiProperty() readonly detail!: string;
  @ApiProperty({ description: 'As in `X-Request-Id`' }) readonly request_id!: string;
  @ApiPropertyOptional({ type: [FieldErrorBody] }) readonly errors?: FieldErrorBody[];
}

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Parameter = NonNullable<Operation['parameters']>[number];

const ABOUT = `Every error is a problem (RFC 9457) with a stable \`code\`. \`Idempotency-Key\` on any POST answers a repeated
call with the first answer for 24 hours. \`ETag\` names a revision: \`If-Match\` insists on it, \`If-None-Match\` knows it.`;

/** What the process answers, route by route, with everything that each refuses. */
export const describeApi = (app: INestApplication): OpenAPIObject => {
  describeRules();
  const outline = new DocumentBuilder()
    .setTitle('Gent')
    .setDescription(ABOUT)
    .setVersion(CONTRACT_VERSION)
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An agent token `gent_…` or a session' })
    .build();
  const described = SwaggerModule.createDocument(app, outline, {
    extraModels: [Problem],
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  const paths: OpenAPIObject['paths'] = {};
  for (const route of app.get(Routes).all) {
    const [path, method] = [documentPath(route.path), route.method.toLowerCase() as Method];
    const operation = described.paths[path]?.[method] ?? described.paths[`${path}/`]?.[method];
    if (!operation) throw new Error(`${route.method} ${route.path} is not described`);
    const canonical = /^\/(v1|auth)\//.test(path) ? `${path}/` : path;
    paths[canonical] = { ...paths[canonical], [method]: completed(operation, route) };
  }
  return {
    ...described,
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
};

const documentPath = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

const completed = (operation: Operation, route: Route): Operation => ({
  ...operation,
  parameters: [...ownParameters(operation), ...inboxFor(operation, route), ...headersFor(route)],
  ...(route.requirement === 'optional session' && { security: [{}, { bearer: [] }] }),
  responses: { ...operation.responses, ...unchanged(route), ...problemsOf(route) },
  ...{ 'x-gent-requires': route.requirement },
});

const nameOf = (parameter: Parameter): string => ('name' in parameter ? parameter.name : '');

/** The credential is said by `security`. */
const ownParameters = ({ parameters = [] }: Operation): readonly Parameter[] =>
  parameters.filter((parameter) => nameOf(parameter) !== 'authorization');

/** What a scope opens is in an inbox: of an agent its own, so that only a session has to name it. */
const inboxFor = ({ parameters = [] }: Operation, { requirement }: Route): readonly Parameter[] => {
  if (!requirement.includes(':') || parameters.some((each) => nameOf(each) === 'inbox_id')) return [];
  const description = 'The inbox, by its id or its address; a POST may name it in its body as well';
  return [{ name: 'inbox_id', in: 'query', required: false, description, schema: { type: 'string' } }];
};

const headersFor = ({ method }: Route): readonly Parameter[] => {
  if (method === 'POST')
    return [header('Idempotency-Key', '1 to 255 visible ASCII characters', IDEMPOTENCY_KEY.source)];
  if (method === 'GET') return [header('If-None-Match', 'The `ETag` that is known already')];
  return [header('If-Match', 'The `ETag` that it must still have')];
};

const header = (name: string, description: string, pattern?: string): Parameter => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string', ...(pattern && { pattern }) },
});

const unchanged = ({ method }: Route): Operation['responses'] =>
  method === 'GET' ? { 304: { description: 'It is what `If-None-Match` names' } } : {};

const problemsOf = (route: Route): Operation['responses'] =>
  Object.fromEntries(
    [...refusalsOf(route)].map(([status, codes]) => {
      const code = { type: 'object', properties: { code: { type: 'string', enum: [...codes] } } };
      const schema = { allOf: [{ $ref: '#/components/schemas/Problem' }, code] };
      const description = codes.map((each) => `\`${each}\``).join(', ');
      return [String(status), { description, content: { 'application/problem+json': { schema } } }];
    }),
  );
