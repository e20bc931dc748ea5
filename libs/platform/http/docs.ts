import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Get, Header, Injectable, Module } from '@nestjs/common';
import { ApiOkResponse, ApiTags, type OpenAPIObject } from '@nestjs/swagger';
import { notFound } from '#kernel/errors';
import { catalogue } from './answer.js';
import { Requires } from './requires.js';
import { RootController } from './root-controller.js';

/** The process describes itself, when somebody asks for the first time. */
@Injectable()
export class ApiDescription {
  private described: OpenAPIObject | undefined;
  describe: () => OpenAPIObject = () => {
    throw notFound();
  };

  get document(): OpenAPIObject {
    return (this.described ??= this.describe());
  }
}

@ApiTags('Operations')
@RootController('openapi.json')
class OpenApiController {
  constructor(private readonly description: ApiDescription) {}

  @Get()
  @Requires('public')
  @ApiOkResponse({
    description: 'This description',
    content: { 'application/json': { schema: { type: 'object' } } },
  })
  document(): OpenAPIObject {
    return catalogue(this.description.document);
  }
}

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Gent API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`;
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#ui', persistAuthorization: false });\n`;

const assets = createRequire(import.meta.url);
const asset = (name: string) => readFileSync(assets.resolve(`swagger-ui-dist/${name}`), 'utf8');

const text = (type: string) => ({ content: { [type]: { schema: { type: 'string' } } } });

/** The description as a page to read and to try. */
@ApiTags('Operations')
@RootController('docs')
class DocsController {
  @Get()
  @Requires('public')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header(
    'content-security-policy',
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'",
  )
  @ApiOkResponse(text('text/html'))
  page(): string {
    return PAGE;
  }

  @Get('start.js')
  @Requires('public')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @ApiOkResponse(text('text/javascript'))
  start(): string {
    return START;
  }

  @Get('swagger-ui-bundle.js')
  @Requires('public')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @ApiOkResponse(text('text/javascript'))
  script(): string {
    return asset('swagger-ui-bundle.js');
  }

  @Get('swagger-ui.css')
  @Requires('public')
  @Header('content-type', 'text/css; charset=utf-8')
  @ApiOkResponse(text('text/css'))
  style(): string {
    return asset('swagger-ui.css');
  }
}

@Module({
  controllers: [OpenApiController, DocsController],
  providers: [ApiDescription],
  exports: [ApiDescription],
})
export class DocsModule {}
