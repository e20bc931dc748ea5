import { Readable } from 'node:stream';
import { Controller, Headers, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import type { Context } from '#kernel/context';
import { DomainError, isDomainError } from '#kernel/errors';
import { safeFilename } from '#mail/message/filename';
import { BodyStream, TakesBytes } from '#platform/http/body';
import { isAdmin, type Principal } from '#platform/http/credentials';
import { MayBeAbsent, OneLine } from '#platform/http/input';
import { isMultipart, sentFile, type SentFile } from '#platform/http/multipart';
import { Caller, RequestContext } from '#platform/http/request-context';
import { Requires } from '#platform/http/requires';
import { Uploads, type Upload } from '#platform/vault/uploads';

const MIB = 1024 * 1024;
const MOST = 25 * MIB;
/** Of an owner or admin, for imports. */
const MOST_FOR_IMPORT = 1024 * MIB;
/** Of a form around its file. */
const AROUND = MIB;

class UploadQuery {
  @MayBeAbsent() @IsString() @Length(1, 500) @OneLine() readonly filename?: string;
}

class UploadBody {
  @ApiProperty() readonly blob_id!: string;
  @ApiProperty() readonly size!: number;
  @ApiProperty({ description: 'Hexadecimal' }) readonly sha256!: string;
}

const BYTES = { type: 'string', format: 'binary' };
const FORM = { type: 'object', required: ['file'], properties: { file: BYTES } };
const FILE = {
  required: true,
  content: { 'application/octet-stream': { schema: BYTES }, 'multipart/form-data': { schema: FORM } },
};

@ApiTags('Messages')
@Controller('messages/blobs')
export class UploadsController {
  constructor(private readonly uploads: Uploads) {}

  /** Bytes as they are, or one file of a form; unused for 24 hours they are gone. */
  @Post()
  @Requires('email:send or files:write')
  @TakesBytes(MOST_FOR_IMPORT + AROUND)
  @ApiOperation({ requestBody: FILE })
  @ApiCreatedResponse({ type: UploadBody })
  async upload(
    @BodyStream() body: Readable | undefined,
    @Headers('content-type') contentType: string | undefined,
    @Headers('content-length') announced: string | undefined,
    @Query() query: UploadQuery,
    @Caller() caller: Principal,
    @RequestContext() context: Context,
  ): Promise<UploadBody> {
    const limit = isAdmin(caller) ? MOST_FOR_IMPORT : MOST;
    if (Number(announced ?? 0) > limit + AROUND) throw tooLarge(limit);
    const sent = body ?? Readable.from([]);
    const file = isMultipart(contentType) ? await sentFile(sent, contentType) : bare(sent, query);
    const { uploadId, size, sha256 } = await this.keep(file, limit, context);
    await file.finished;
    return { blob_id: uploadId, size, sha256 };
  }

  private async keep({ content, ...file }: SentFile, limit: number, context: Context): Promise<Upload> {
    const uploadId = context.newId('blb');
    const filename = safeFilename(file.filename) || 'attachment';
    try {
      return await this.uploads.put(
        context,
        { contentType: file.contentType, filename, uploadId },
        content,
        limit,
      );
    } catch (error) {
      throw isDomainError(error) && error.code === 'blob-too-large' ? tooLarge(limit) : error;
    }
  }
}

const bare = (content: Readable, { filename = '' }: UploadQuery): SentFile => ({
  filename,
  contentType: 'application/octet-stream',
  content,
  finished: Promise.resolve(),
});

const tooLarge = (limit: number) =>
  new DomainError('body-too-large', 'too-large', `A file has ${limit} bytes at most`);
