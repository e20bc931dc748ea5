import { Body, Headers, HttpCode, Post, Req } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import type { Context } from '#kernel/context';
import { RequestContext, type HttpRequest } from '#platform/http/request-context';
import { Limited } from '#platform/http/rate-limit';
import { Refuses } from '#platform/http/refuses';
import { Requires } from '#platform/http/requires';
import { RootController } from '#platform/http/root-controller';
import { Authentication } from './authentication.js';

/** Any address may be tried: a malformed one is only an unknown one. */
const Address = () => Length(1, 320);
const Password = () => Length(8, 128);

class SignInBody {
  @ApiProperty({ example: 'owner@localhost' }) @IsString() @Address() readonly email!: string;
  @ApiProperty() @IsString() @Length(1, 128) readonly password!: string;
}

class RefreshBody {
  @ApiProperty() @IsString() @Length(1, 512) readonly refresh_token!: string;
}

class PasswordChangeBody {
  @ApiProperty() @IsString() @Length(1, 128) readonly current_password!: string;
  @ApiProperty({ minLength: 8, maxLength: 128 }) @IsString() @Password() readonly new_password!: string;
}

class TokenPairBody {
  @ApiProperty({ description: 'Good for 15 minutes' }) readonly access_token!: string;
  @ApiProperty({ description: 'Good once, for 30 days' }) readonly refresh_token!: string;
}

@ApiTags('Accounts')
@Limited('auth')
@RootController('auth')
export class AuthController {
  constructor(private readonly authentication: Authentication) {}

  @Post('login')
  @Requires('public')
  @Refuses('credentials-invalid', 'email-not-confirmed')
  @HttpCode(200)
  @ApiOkResponse({ type: TokenPairBody })
  signIn(@Body() { email, password }: SignInBody, @Req() { id, ip }: HttpRequest): Promise<TokenPairBody> {
    return this.authentication.signIn(email, password, { id, ip });
  }

  @Post('refresh')
  @Requires('public')
  @Refuses('session-invalid')
  @HttpCode(200)
  @ApiOkResponse({ type: TokenPairBody })
  refresh(@Body() { refresh_token }: RefreshBody, @Req() { id, ip }: HttpRequest): Promise<TokenPairBody> {
    return this.authentication.refresh(refresh_token, { id, ip });
  }

  @Post('logout')
  @Requires('session')
  @HttpCode(204)
  @ApiNoContentResponse()
  signOut(
    @Headers('authorization') authorization: string,
    @RequestContext() context: Context,
  ): Promise<void> {
    return this.authentication.signOut(bearer(authorization), context);
  }

  @Post('change-password')
  @Requires('session')
  @HttpCode(204)
  @ApiNoContentResponse()
  changePassword(
    @Body() { current_password: current, new_password: next }: PasswordChangeBody,
    @Headers('authorization') authorization: string,
    @RequestContext() context: Context,
  ): Promise<void> {
    return this.authentication.changePassword({ current, next }, bearer(authorization), context);
  }
}

/** The guard has let it pass, with as many spaces as there are. */
const bearer = (authorization: string) => authorization.replace(/^Bearer +/i, '');
