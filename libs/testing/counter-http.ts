import type { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Module, Param, Patch, Post, Query } from '@nestjs/common';
import { IsInt, IsString } from 'class-validator';
import type { Context } from '#kernel/context';
import { notFound } from '#kernel/errors';
import { Commands } from '#platform/event-sourcing/commands';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { Views } from '#platform/event-sourcing/views';
import { atRevision, Awaits, catalogue } from '#platform/http/answer';
import { BodyStream, TakesBytes } from '#platform/http/body';
import { MayBeAbsent } from '#platform/http/input';
import { ArrayQuery, bareArray, pageBody, PageQuery } from '#platform/http/page';
import { Instant, QueryBoolean } from '#platform/http/query';
import { Limited } from '#platform/http/rate-limit';
import { Refuses } from '#platform/http/refuses';
import { RequestContext } from '#platform/http/request-context';
import { Requires } from '#platform/http/requires';
import { RootController } from '#platform/http/root-controller';
import { Count, counter, totals } from './counter.js';

class CountInput {
  @IsInt() readonly by!: number;
}

class CounterQuery extends PageQuery {
  @QueryBoolean() readonly full?: boolean;
  @Instant() readonly after?: string;
}

class EmailInput {
  @MayBeAbsent() @IsString() readonly email?: string;
}

/** Routes of the smallest feature there is, for specs of what every route has. */
@Controller('counters')
class CounterController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
  ) {}

  @Post()
  @Requires('workflows:write')
  @Awaits(totals)
  @Refuses('name-taken')
  async create(@Body() { by }: CountInput, @RequestContext() context: Context) {
    return this.count(context.newId('cnt'), by, context);
  }

  @Patch(':id')
  @Requires('workflows:write')
  change(@Param('id') counterId: string, @Body() { by }: CountInput, @RequestContext() context: Context) {
    return this.count(counterId, by, context);
  }

  @Get()
  @Requires('workflows:read')
  async list(@Query() query: CounterQuery, @RequestContext() context: Context) {
    const page = await this.views.for(context).list(totals, 'all', query);
    return { ...pageBody(query, page, ({ total }) => total), full: query.full, after: query.after };
  }

  @Get('bare')
  @Requires('workflows:read')
  async bare(@Query() query: ArrayQuery, @RequestContext() context: Context) {
    return bareArray(await this.views.for(context).list(totals, 'all', query), ({ total }) => total);
  }

  @Get('reference')
  @Requires('optional session')
  reference() {
    return catalogue({ resource: 'counters' });
  }

  @Get(':id')
  @Requires('workflows:read')
  async get(@Param('id') id: string, @RequestContext() context: Context) {
    const document = await this.views.for(context).get(totals, id);
    if (!document) throw notFound();
    return document;
  }

  @Post(':id/reset')
  @HttpCode(204)
  @Requires('session')
  reset() {}

  @Post('bytes')
  @TakesBytes(1_000_000)
  @Requires('workflows:write')
  async bytes(@BodyStream() body: Readable, @RequestContext() context: Context) {
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) size += chunk.length;
    return { id: context.newId('blb'), size };
  }

  private async count(counterId: string, by: number, context: Context) {
    const { events } = await this.commands.execute(new Count({ counterId, by }), context);
    return atRevision(String(events.at(-1)?.revision), { counter_id: counterId, count: events.length });
  }
}

@RootController('auth')
class SignInController {
  @Post('login')
  @HttpCode(200)
  @Requires('public')
  @Limited('auth')
  login(@Body() { email = '' }: EmailInput) {
    return { email };
  }
}

@Limited('none')
@RootController('probe')
class ProbeController {
  @Get()
  @Requires('public')
  probe() {
    return { status: 'ok' };
  }
}

@Module({
  imports: [EventSourcingModule.forFeature({ aggregates: [counter], projections: [totals] })],
  controllers: [CounterController, SignInController, ProbeController],
})
export class CounterModule {}
