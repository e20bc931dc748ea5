import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Dns } from '#platform/dns/dns';
import { ConnectionLost, SmtpConnection, TIMEOUTS, type Timeouts } from './connection.js';
import type { StsPolicies, StsPolicy } from './mta-sts.js';
import { SessionPool } from './pool.js';
import { authenticate, type Relay } from './relay.js';
import { routeTo, type Host } from './route.js';
import { describe, introduce, Refused, secure, type Session } from './session.js';
import { tlsPolicyFor, type TlsPolicy } from './tls-policy.js';
import { transact, type Mail } from './transaction.js';
import { found, verdictOnSender, type Verdict } from './verdict.js';

/** A verdict for each recipient, in order; who said so, and by what protocol and cipher. */
export type Sent = Readonly<{ verdicts: readonly Verdict[]; peer: string | null; tls: string | null }>;

export type SmtpClientOptions = Readonly<{
  dns: Dns;
  sts: Pick<StsPolicies, 'of'>;
  /** What we call ourselves. */
  name: string;
  /** Of the hosts that MX records name. */
  port: number;
  allowPrivate: boolean;
  now: () => Date;
  random?: () => number;
  timeouts?: Timeouts;
  /** Whom to trust in place of the usual authorities. */
  trust?: Pick<ConnectionOptions, 'ca'>;
}>;

/** Addresses that are tried in all for one message. */
const TRIES = 8;

/** Hands mail to the hosts of a domain, or to a relay. */
export class SmtpClient {
  private readonly pool = new SessionPool();

  constructor(private readonly options: SmtpClientOptions) {}

  /** By the MX records of a domain. Rejects only where the message may have been accepted without our hearing it. */
  async send(domain: string, mail: Mail, signal: AbortSignal): Promise<Sent> {
    const { dns, name, allowPrivate, random = Math.random } = this.options;
    const reused = await this.reuse(domain, mail, signal);
    if (reused) return reused;
    const route = await routeTo(domain, { dns, allowPrivate, ownName: name, random });
    if (!route.hosts) return forAll(mail, route.verdict, null);
    const sts = await this.options.sts.of(domain);
    return this.tryHosts(domain, route.hosts, mail, signal, (host) => this.policy(host, sts));
  }

  /** By one host, whatever the recipients; its address is the operator's choice and not questioned. */
  async relay(relay: Relay, mail: Mail, signal: AbortSignal): Promise<Sent> {
    const key = `relay ${relay.host}:${relay.port}`;
    const reused = await this.reuse(key, mail, signal);
    if (reused) return reused;
    const route = await this.relayHosts(relay);
    if (!route) return forAll(mail, found('deferred', '4.4.3', 'dns', 'The relay has no address'), null);
    const options = {
      ...this.options.trust,
      ...(isIP(relay.host) ? {} : { servername: relay.host }),
      rejectUnauthorized: relay.isStrict,
    };
    // A password goes to nobody who has not proved who he is, whatever he offers; what is `smtps:` stays so.
    const isRequired = relay.isImplicitTls || (relay.auth !== null && relay.isStrict);
    const policy: TlsPolicy = { isRequired, options, verify: ({ tls }) => tls?.authorized === true };
    return this.tryHosts(key, [route], mail, signal, async () => policy, relay);
  }

  close() {
    this.pool.close();
  }

  private async policy(host: Host, sts: StsPolicy | null): Promise<TlsPolicy> {
    const { dns, port, trust = {}, now } = this.options;
    return tlsPolicyFor(host, { dns, port, sts, trust, now });
  }

  /** On a connection that is there already. One that the peer has closed meanwhile is forgotten. */
  private async reuse(key: string, mail: Mail, signal: AbortSignal): Promise<Sent | null> {
    while (!signal.aborted) {
      const idle = this.pool.take(key);
      if (!idle) return null;
      const ignore = idle.session.connection.heed(signal);
      try {
        return await this.hand(key, idle.host, idle.session, mail);
      } catch (error) {
        idle.session.connection.quit();
        if (isSent(error)) throw error;
      } finally {
        ignore();
      }
    }
    return null;
  }

  private async tryHosts(
    key: string,
    hosts: readonly Host[],
    mail: Mail,
    signal: AbortSignal,
    policyFor: (host: Host) => Promise<TlsPolicy>,
    relay?: Relay,
  ): Promise<Sent> {
    const tries = hosts
      .flatMap((host) => host.addresses.map((address) => ({ host, address })))
      .slice(0, TRIES);
    let last: Sent | null = null;
    for (const { host, address } of tries) {
      try {
        const session = await this.open(address, await policyFor(host), signal, relay);
        return await this.handOrClose(key, host.name, session, mail);
      } catch (error) {
        if (isSent(error)) throw error;
        const verdict = excuse(error, host.name);
        // Whoever is away for now may yet take what another will not.
        if (!last || verdict.outcome === 'deferred') last = forAll(mail, verdict, host.name);
      }
      if (signal.aborted) break;
    }
    return last ?? forAll(mail, found('deferred', '4.4.1', 'network', 'No host answers'), null);
  }

  /** With TLS where there is any; where it is nobody's demand and fails, in clear. */
  private async open(
    address: string,
    policy: TlsPolicy,
    signal: AbortSignal,
    relay?: Relay,
  ): Promise<Session> {
    try {
      return await this.converse(address, policy, signal, relay);
    } catch (error) {
      if (policy.isRequired || !(error instanceof ConnectionLost) || error.fault !== 'tls') throw error;
      return this.converse(address, null, signal, relay);
    }
  }

  private async converse(
    address: string,
    policy: TlsPolicy | null,
    signal: AbortSignal,
    relay?: Relay,
  ): Promise<Session> {
    const { port, timeouts = TIMEOUTS, name } = this.options;
    const implicit = relay?.isImplicitTls && policy ? policy.options : undefined;
    const target = { address, port: relay?.port ?? port };
    const connection = await SmtpConnection.open(target, timeouts, signal, implicit);
    try {
      const session = await introduce(connection, name);
      if (implicit && policy) describe(session, policy.verify);
      else if (policy && session.extensions.has('STARTTLS'))
        await secure(session, name, policy.options, policy.verify);
      else if (policy?.isRequired) throw new ConnectionLost('tls', 'it offers no TLS');
      if (relay?.auth) await authenticate(session, relay.auth);
      return session;
    } catch (error) {
      connection.quit();
      throw error;
    }
  }

  private async handOrClose(key: string, host: string, session: Session, mail: Mail): Promise<Sent> {
    try {
      return await this.hand(key, host, session, mail);
    } catch (error) {
      session.connection.quit();
      throw error;
    }
  }

  private async hand(key: string, host: string, session: Session, mail: Mail): Promise<Sent> {
    const verdicts = await transact(session, mail);
    this.pool.give(key, host, session);
    return { verdicts, peer: host, tls: session.tls };
  }

  private async relayHosts({ host }: Relay): Promise<Host | null> {
    if (isIP(host)) return { name: host, addresses: [host], isVouched: false };
    const { dns } = this.options;
    const answers = await Promise.allSettled([dns.resolve(host, 'A'), dns.resolve(host, 'AAAA')]);
    const addresses = answers.flatMap((answer) =>
      answer.status === 'fulfilled' ? answer.value.records : [],
    );
    if (addresses.length === 0 && host === 'localhost') addresses.push('127.0.0.1');
    return addresses.length > 0 ? { name: host, addresses, isVouched: false } : null;
  }
}

const isSent = (error: unknown): boolean => error instanceof ConnectionLost && error.sent;

/** The same verdict for every recipient. */
export const forAll = ({ recipients }: Mail, verdict: Verdict, peer: string | null): Sent => ({
  verdicts: recipients.map(() => verdict),
  peer,
  tls: null,
});

/** A host that takes no mail now is as good as one that is away: what it says is not about the message. */
const excuse = (error: unknown, host: string): Verdict => {
  if (error instanceof Refused) return verdictOnSender(error.reply);
  if (!(error instanceof ConnectionLost)) throw error;
  const status = error.fault === 'tls' ? '4.7.5' : '4.4.2';
  return found('deferred', status, error.fault, `${host}: ${error.why}`);
};
