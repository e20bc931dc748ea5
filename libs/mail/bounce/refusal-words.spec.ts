import { expect, it } from '@jest/globals';
import { parseMessage } from '../message/parse-message.js';
import type { Reason } from './reasons.js';

/** Of each reason what servers say: code, command, host and words; hyphens for what is not known. */
const SAID: Partial<Record<Reason, string>> = {
  mailboxfull: `
    5.2.2 RCPT gmail-smtp-in.l.google.com 552-5.2.2 The recipient's inbox is out of storage space and inactive. Please direct the 552-5.2.2 recipient to https://support.google.com/mail/?p=OverQuotaPerm ab12 - gsmtp
    4.2.2 RCPT gmail-smtp-in.l.google.com 452-4.2.2 The email account that you tried to reach is over quota. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaTemp - gsmtp
    5.2.2 DATA hotmail-com.olc.protection.outlook.com 554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; Failed to process message due to a permanent exception
    5.2.2 RCPT mta5.am0.yahoodns.net 552 5.2.2 bob@mail.example mailbox is over quota
    5.2.2 RCPT mx01.mail.icloud.com 552 5.2.2 bob@mail.example: user is overquota
    5.0.0 RCPT mxs.mail.ru 550 Message was not accepted -- invalid mailbox. Local mailbox bob@mail.example is unavailable: mailbox is full
    5.2.2 RCPT mx.yandex.ru 552 5.2.2 Mailbox size limit exceeded
    5.0.0 RCPT mx3.qq.com 552 Mailbox space is full http://service.mail.qq.com
    5.2.2 RCPT smtp-in.orange.fr 552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]
    5.0.0 RCPT mx.acme.example 550 The user has no free space in the mailbox
    5.2.2 DATA mx.acme.example 550 5.2.2 user has exhausted allowed storage space
    5.0.0 RCPT mx.acme.example 452 Requested action not taken: insufficient storage space in recipient's mailbox
  `,
  suspend: `
    5.2.1 RCPT gmail-smtp-in.l.google.com 550-5.2.1 The email account that you tried to reach is disabled. Learn more at https://support.google.com/mail/?p=DisabledUser x - gsmtp
    5.2.1 RCPT gmail-smtp-in.l.google.com 550-5.2.1 The email account that you tried to reach is inactive. https://support.google.com/mail/?p=DisabledUser - gsmtp
    5.0.0 DATA mta5.am0.yahoodns.net 554 delivery error: dd Sorry your message to bob@mail.example cannot be delivered. This account has been disabled or discontinued [#102]. - mta1234.mail.ne1.yahoo.com
    5.1.1 RCPT mx01.mail.icloud.com 550 5.1.1 bob@mail.example: inactive email address
    5.0.0 RCPT mxs.mail.ru 550 Message was not accepted -- invalid mailbox. Local mailbox bob@mail.example is unavailable: account is disabled
    5.0.0 RCPT mx3.qq.com 550 Mailbox unavailable or access denied [abc IP: 192.0.2.1]. https://open.work.weixin.qq.com/help2/pc/20049
    5.0.0 RCPT us-smtp-inbound-1.mimecast.com 550 Account disabled
    5.2.1 RCPT mx.acme.example 550 5.2.1 Mailbox disabled for this recipient
    5.7.1 RCPT mx.zoho.com 550 5.7.1 Account Inactive
    5.0.0 RCPT mx.t-online.de 550 user inactive
    5.0.0 RCPT mx.acme.example 554 Mailbox is frozen
    5.0.0 RCPT mx.acme.example 550 This address no longer accepts mail.
    5.0.0 RCPT mx.acme.example 550 User account is expired
  `,
  speeding: `
    4.2.1 RCPT gmail-smtp-in.l.google.com 450-4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered. Please resend your message at a later time. https://support.google.com/mail/?p=ReceivingRate - gsmtp
    4.2.1 RCPT gmail-smtp-in.l.google.com 450-4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend your message at a later time. - gsmtp
    4.7.28 DATA gmail-smtp-in.l.google.com 421-4.7.28 [192.0.2.1 15] Gmail has detected an unusual rate of mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been temporarily rate limited. - gsmtp
    5.4.5 DATA smtp.gmail.com 550-5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to https://support.google.com/a/answer/166852 - gsmtp
    5.2.121 DATA x.prod.outlook.com 550 5.2.121 RESOLVER.RST.RecipientRateLimitExceeded; the recipient is receiving messages too quickly
    4.3.2 DATA x.prod.outlook.com 432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded
    4.0.0 MAIL mx.comcast.net 421 Throttled - try again later
    5.4.5 MAIL mx.acme.example 550 5.4.5 Recipient domain has exceeded max emails per hour
    4.0.0 MAIL mx.cox.net 452 cox Too many messages for this session
    4.7.1 RCPT mx.acme.example 450 4.7.1 <agent@acme.example>: Sender address rejected: Access denied, rate limit exceeded
  `,
  userunknown: `
    5.1.1 RCPT gmail-smtp-in.l.google.com 550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos or unnecessary spaces. https://support.google.com/mail/?p=NoSuchUser - gsmtp
    5.1.10 RCPT acme.mail.protection.outlook.com 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient x not found by SMTP address lookup
    5.4.1 RCPT acme.mail.protection.outlook.com 550 5.4.1 Recipient address rejected: Access denied. For more information see https://aka.ms/EXOSmtpErrors [AM6EUR05FT012.eop-eur05.prod.protection.outlook.com]
    5.5.0 RCPT hotmail-com.olc.protection.outlook.com 550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [VE1EUR02FT064.eop-EUR02.prod.protection.outlook.com]
    5.0.0 DATA mta5.am0.yahoodns.net 554 delivery error: dd This user doesn't have a yahoo.com account (bob@mail.example) [0] - mta1234.mail.bf1.yahoo.com
    5.0.0 RCPT mx-aol.mail.gm0.yahoodns.net 552 1 Requested mail action aborted, mailbox not found
    5.1.1 RCPT mx01.mail.icloud.com 550 5.1.1 unknown or illegal alias: bob@mail.example
    5.1.1 RCPT mx.yandex.ru 550 5.7.1 No such user!
    5.0.0 RCPT mxs.mail.ru 550 Message was not accepted -- invalid mailbox. Local mailbox bob@mail.example is unavailable: user not found
    5.0.0 RCPT mx3.qq.com 550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000728
    5.0.0 RCPT 163mx01.mxmail.netease.com 550 User not found: bob@mail.example
    5.1.1 RCPT mx.acme.example 550 5.1.1 <bob@mail.example>: Recipient address rejected: User unknown in virtual mailbox table
    5.1.1 RCPT mx.acme.com 550 5.1.1 User unknown, too many errors of this kind
    5.0.0 RCPT us-smtp-inbound-1.mimecast.com 550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [abc.us12]
    5.1.1 RCPT mx.comcast.net 550 5.1.1 Not our Customer
    5.0.0 RCPT mx.web.de 550 Requested action not taken: mailbox unavailable. For explanation visit http://postmaster.web.de/error-messages
    5.1.1 RCPT smtp-in.orange.fr 550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]
    5.1.1 RCPT lsean.ezweb.ne.jp 550 <bob@ezweb.ne.jp>: User unknown
    5.0.0 RCPT mfsmax.docomo.ne.jp 550 Unknown user bob@docomo.ne.jp
    5.0.0 RCPT mx.softbank.ne.jp 550 Invalid recipient: <bob@softbank.ne.jp>
    5.0.0 RCPT mx.acme.example 553 sorry, this recipient is not in my validrcptto list (#5.7.1)
    5.0.0 RCPT mx.acme.example 550 Addressee unknown, relay=[192.0.2.1]
  `,
  spamdetected: `
    5.7.1 DATA mx.acme.example 550 5.7.1 Rejected because it contains links blacklisted in SURBL
    5.7.1 DATA gmail-smtp-in.l.google.com 550-5.7.1 [192.0.2.1 12] Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked. https://support.google.com/mail/?p=UnsolicitedMessageError - gsmtp
    5.7.501 DATA acme.mail.protection.outlook.com 501 5.7.501 Access denied, spam abuse detected from x
    5.7.1 DATA mxs.mail.ru 550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=abc or report details to abuse@corp.mail.ru
    5.7.1 DATA mx.yandex.ru 554 5.7.1 [2] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc 1523457-abc
    5.0.0 DATA mx3.qq.com 550 Mail content denied. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000726
    5.0.0 DATA 163mx01.mxmail.netease.com 554 DT:SPM 163 mx1,abc Please see http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.1
    5.7.1 DATA mx.gmx.net 554 5.7.1 Transaction failed. Reject due to policy restrictions. Spam
    5.0.0 DATA mx.acme.example 554 Denied (Mode: normal) [score too high]
    5.0.0 DATA mx.acme.example 571 Message Refused: matches a profile the Internet community may consider spam
    5.0.0 DATA mx.acme.example 550 Blocked by content filter
  `,
  badreputation: `
    5.7.1 DATA gmail-smtp-in.l.google.com 550-5.7.1 [192.0.2.1 19] Our system has detected that this message is likely suspicious due to the very low reputation of the sending domain. To best protect our users from spam, the message has been blocked. - gsmtp
    5.7.708 DATA acme.mail.protection.outlook.com 550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP. For more information please go to http://go.microsoft.com/fwlink/?LinkId=526653
    4.7.0 MAIL mta5.am0.yahoodns.net 421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes
    5.0.0 - mx.iphmx.com 554 Your access to this mail system has been rejected due to the sending MTA's poor reputation. If you believe that this failure is in error, please contact the intended recipient via alternate means.
    5.7.1 - mx.acme.example 554 5.7.1 Rejected: IP 192.0.2.1 has a poor reputation
    5.0.0 - mx.acme.example 554-mx.acme.example Your access to this mail system has been rejected due to the sending MTA's poor reputation.
  `,
  authfailure: `
    5.7.26 DATA gmail-smtp-in.l.google.com 550-5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM. - gsmtp
    4.7.27 DATA gmail-smtp-in.l.google.com 421-4.7.27 Your email has been rate limited because SPF authentication didn't pass for this message. - gsmtp
    5.7.26 DATA gmail-smtp-in.l.google.com 550-5.7.26 Unauthenticated email from acme.example is not accepted due to domain's DMARC policy. Please contact the administrator of acme.example - gsmtp
    5.7.23 MAIL acme.mail.protection.outlook.com 550 5.7.23 The message was rejected because of Sender Policy Framework violation -> 550 5.7.23 SPF
    5.7.515 DATA hotmail-com.olc.protection.outlook.com 550 5.7.515 Access denied, sending domain acme.example doesn't meet the required authentication level. The sender's domain in the 5322.From address doesn't meet the authentication requirements defined for the sender.
    5.7.9 DATA mta5.am0.yahoodns.net 554 5.7.9 Message not accepted for policy reasons due to DMARC. See https://senders.yahooinc.com/error-codes
    5.0.0 MAIL 163mx01.mxmail.netease.com 553 Sender SPF check failed, MI:SPF 163 mx1
    5.0.0 DATA us-smtp-inbound-1.mimecast.com 550 DMARC Sender Invalid - envelope rejected - https://community.mimecast.com/docs/DOC-1369#550
    5.0.0 MAIL us-smtp-inbound-1.mimecast.com 550 SPF Sender Invalid - envelope rejected
    5.0.0 MAIL mx.acme.example 550 Please see http://www.openspf.org/Why?id=x&ip=192.0.2.1 : Reason: mechanism
  `,
  requireptr: `
    4.7.23 DATA gmail-smtp-in.l.google.com 421-4.7.23 The IP address sending this message does not have a PTR record, or the PTR record's forward DNS entry doesn't match the sending IP. - gsmtp
    5.7.25 DATA gmail-smtp-in.l.google.com 550-5.7.25 [192.0.2.1] The IP address sending this message does not have a PTR record setup, or the corresponding forward DNS entry does not point to the sending IP. As a policy, Gmail does not accept messages from IPs with missing PTR records. - gsmtp
    5.0.0 MAIL mx3.qq.com 550 Mail rejected due to antispam policy: no reverse DNS
    4.7.1 RCPT mx.acme.example 450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]
    5.0.0 - mx00.gmx.net 554 gmx.net (mxgmx001) Nemesis ESMTP Service not available. No SMTP service. Bad DNS PTR resource record.
    5.0.0 MAIL mx.acme.example 550 Your IP has no rDNS entry
  `,
  blocked: `
    5.0.0 - - <bob@mail.example>... Remote protocol error: Connection reset by peer during greeting wait with mx.mail.example
    5.0.0 HELO mx.acme.example 501 5.5.4 Invalid domain name
    5.0.0 - mx.acme.example 421 Service denied to 192.0.2.1: bad sending host
    5.7.1 MAIL gmail-smtp-in.l.google.com 550-5.7.1 The IP you're using to send mail is not authorized to send email directly to our servers. Please use the SMTP relay at your service provider instead. - gsmtp
    5.7.511 MAIL acme.mail.protection.outlook.com 550 5.7.511 Access denied, banned sender[192.0.2.1]. To request removal from this list please forward this message to delist@microsoft.com
    5.7.1 MAIL hotmail-com.olc.protection.outlook.com 550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140). You can also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors.
    5.7.1 MAIL mta5.am0.yahoodns.net 553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list; see https://postmaster.yahooinc.com/error-codes
    5.0.0 - mx01.mail.icloud.com 554 p00-icloudmta-smtpin-1.me.com ESMTP not accepting connections
    4.0.0 MAIL mxs.mail.ru 451 Your IP address is in greylist. We do not accept mail from dynamic IPs.
    5.0.0 - mxa.pphosted.com 554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1
    5.0.0 - mx.comcast.net 554 imta1.comcast.net comcast 192.0.2.1 found on one or more DNSBLs, see http://postmaster.comcast.net/smtp-error-codes.php#BL000001
    4.0.0 RCPT mx.acme.example 450 4.2.0 <bob@mail.example>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/acme.example.html
    5.0.0 - mx00.gmx.net 554 gmx.net (mxgmx001) Nemesis ESMTP Service not available. No SMTP service. IP address is block listed. For explanation visit https://postmaster.gmx.net/error-messages?ip=192.0.2.1&c=bl
    5.0.0 - mx.t-online.de 554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.)
    5.5.0 MAIL smtp-in.orange.fr 550 5.5.0 Adresse IP source bloquee pour incident de spam. Client host blocked for spamming issues. OFR_102
    5.0.0 MAIL mx.charter.net 550 5.7.1 AUP#In-1310 https://www.spectrum.net/support/internet/understanding-email-error-codes
    5.0.0 HELO mx.acme.example 550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)
    5.0.0 MAIL mx.acme.example 554 Your IP address has been blocked by our network
  `,
  norelaying: `
    5.0.0 RCPT mx.acme.example 550 You must authenticate before relaying
    5.7.1 RCPT smtp-relay.gmail.com 550-5.7.1 Invalid credentials for relay [192.0.2.1]. The IP address you've registered in your G Suite SMTP Relay service doesn't match domain of the account this email is being sent from. - gsmtp
    5.7.64 RCPT acme.mail.protection.outlook.com 550 5.7.64 TenantAttribution; Relay Access Denied [AM5EUR03FT033.eop-EUR03.prod.protection.outlook.com]
    5.7.54 RCPT ex.acme.example 550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain
    5.7.1 RCPT ex.acme.example 550 5.7.1 Unable to relay for bob@mail.example
    5.0.0 RCPT mx.acme.example 550 relay not permitted
    5.0.0 RCPT mx.acme.example 550 authentication required for relaying
  `,
  mesgtoobig: `
    5.3.4 DATA gmail-smtp-in.l.google.com 552-5.3.4 Your message exceeded Google's message size limits. To view our message size guidelines, go to https://support.google.com/mail/?p=MaxSizeError - gsmtp
    5.3.4 DATA x.prod.outlook.com 552 5.3.4 Message size exceeds fixed maximum message size
    5.3.4 MAIL mx.acme.example 552 5.3.4 Message size exceeds file system imposed limit
  `,
  exceedlimit: `
    5.2.3 DATA gmail-smtp-in.l.google.com 552-5.2.3 Your message exceeded Google's message size limits. Please visit https://support.google.com/mail/?p=MaxSizeError - gsmtp
    5.2.3 DATA x.prod.outlook.com 550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient
  `,
  policyviolation: `
    5.7.0 DATA gmail-smtp-in.l.google.com 552-5.7.0 This message was blocked because its content presents a potential 552-5.7.0 security issue. Please visit https://support.google.com/mail/?p=BlockedMessage to review our message content and attachment content guidelines. - gsmtp
    5.7.1 DATA x.prod.outlook.com 550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy
    5.7.1 DATA mx01.mail.icloud.com 550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137
    5.7.1 DATA mx01.mail.icloud.com 554 5.7.1 [HM08] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137
    5.7.1 DATA mx.yandex.ru 554 5.7.1 Policy rejection on the target address
    5.7.1 DATA mx.acme.example 550 5.7.1 Your message was rejected for policy reasons
    5.7.0 DATA mx.acme.example 554 5.7.0 Reject, id=12345-01 - BANNED: .exe
  `,
  notcompliantrfc: `
    5.7.1 DATA gmail-smtp-in.l.google.com 550-5.7.1 [192.0.2.1] Messages missing a valid Message-ID header are not accepted. For more information, go to RFC 5322 specifications. - gsmtp
    5.7.1 DATA gmail-smtp-in.l.google.com 550-5.7.1 [192.0.2.1 11] Our system has detected that this message is not RFC 5322 compliant: duplicate headers. To reduce the amount of spam sent to Gmail, this message has been blocked. - gsmtp
    5.7.1 DATA mx.acme.example 550 5.7.1 Message rejected: two From headers violates RFC 5322
  `,
  systemerror: `
    4.0.0 RCPT mx.acme.example 451 LDAP server unavailable, database lookup failed
    4.3.0 RCPT gmail-smtp-in.l.google.com 451-4.3.0 Mail server temporarily rejected message. - gsmtp
    4.3.2 MAIL mta5.am0.yahoodns.net 451 4.3.2 Internal error reading data
    4.3.5 RCPT mx.acme.example 451 4.3.5 Server configuration error
    4.3.2 - mx.acme.example 421 4.3.2 All server ports are busy
  `,
  securityerror: `
    5.7.3 MAIL mx.acme.example 550 5.7.3 Requested action aborted; user not authenticated
    5.7.57 MAIL smtp.office365.com 530 5.7.57 Client not authenticated to send mail. [AM6PR0732BE0065.eurprd07.prod.outlook.com]
    5.7.124 DATA x.prod.outlook.com 550 5.7.124 RESOLVER.RST.NotAuthorizedToGroup; Sender not in allowed-senders list for group
    5.7.133 DATA x.prod.outlook.com 550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because the sender was not authenticated when sending to this group
    5.7.134 DATA x.prod.outlook.com 550 5.7.134 RESOLVER.RST.SenderNotAuthenticatedForMailbox; authentication required
    5.7.0 MAIL mx.acme.example 530 5.7.0 Authentication required
    5.7.4 MAIL mx.acme.example 504 5.7.4 Unrecognized authentication type
  `,
  networkerror: `
    5.4.14 DATA x.prod.outlook.com 554 5.4.14 Hop count exceeded - possible mail loop ATTR34
    5.4.6 DATA x 554 5.4.6 Too many hops
    4.4.1 - - connect to mx.acme.example[192.0.2.1]:25: Network is unreachable
    4.4.3 - - Host or domain name not found. Name service error for name=acme.example type=MX: Host not found, try again
    5.4.6 - - mail for acme.example loops back to myself
  `,
  systemfull: `
    4.3.1 MAIL ex.acme.example 452 4.3.1 Insufficient system resources
  `,
  hostunknown: `
    5.4.310 MAIL x.prod.outlook.com 550 5.4.310 DNS domain acme.example does not exist [Message=InfoDomainNonexistent] [LastAttemptedServerName=acme.example]
    5.4.4 - - Host or domain name not found. Name service error for name=acme.example type=AAAA: Host not found
    5.0.0 - - all relevant MX records point to non-existent hosts
    5.4.4 - - Host nowhere.example not found: Unrouteable mail domain "nowhere.example"
  `,
  expired: `
    5.4.300 MAIL x.prod.outlook.com 550 5.4.300 Message expired -> 451 4.7.0 Temporary server error. Please try again later. PRX5
    4.4.7 - - delivery time expired
    5.0.0 - - retry timeout exceeded
    4.4.7 - - Message has been in the queue too long (4.4.7)
    5.0.0 - - I'm not going to try again; this message has been in the queue too long.
  `,
  toomanyconn: `
    4.0.0 - mx.acme.example 421 maximum number of simultaneous connections reached
    5.0.0 MAIL mx3.qq.com 550 Ip frequency limited [MXAw. IP: 192.0.2.1]. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000725
    4.7.0 - mx.acme.example 421 4.7.0 mx.acme.example Error: too many concurrent SMTP connections; please try again later.
    4.0.0 - smtp-in.orange.fr 421 smtp Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR004_104 [104]
  `,
  rejected: `
    5.7.1 RCPT mx.acme.example 550 5.7.1 <agent@acme.example>: Sender address rejected: not owned by user
    5.0.0 MAIL mx.acme.example 554 Sender is on our blacklist
    5.0.0 RCPT mx.acme.example 550 Verification failed for <agent@acme.example>
    5.5.4 MAIL mx.acme.example 553 5.5.4 <agent@acme.example>... Real domain name required for sender address
    5.7.1 MAIL mx.acme.example 550 5.7.1 <agent@acme.example>... we do not accept mail from this sender
    5.0.0 DATA mx.acme.example 550 You are not allowed to post to this mailing list
  `,
  virusdetected: `
    5.7.1 DATA mx.acme.example 554 5.7.1 Message rejected: found virus Eicar-Test-Signature
    5.7.0 DATA mx.acme.example 554 5.7.0 Reject, id=12345-01 - INFECTED: Eicar-Test-Signature
  `,
  hasmoved: `
    5.0.0 RCPT mx.acme.example 551 User not local; please try <bob@new.example>
  `,
  notaccept: `
    5.1.10 - - Domain acme.example does not accept mail (nullMX)
    5.0.0 - mx.acme.example 521 mx.acme.example does not accept mail
    5.3.2 RCPT mx.acme.example 556 5.3.2 This domain does not accept mail
    5.4.4 - - Sorry, I couldn't find a mail exchanger or IP address. (#5.4.4)
  `,
  mailererror: `
    5.3.0 - - x-unix; Command died with status 1: "/usr/bin/procmail"
    4.3.0 - - x-unix; mail system error: maildrop: signal 0x06
  `,
  filtered: `
    5.2.0 DATA mfsmax.docomo.ne.jp 550 Unknown user bob@docomo.ne.jp
    5.0.0 DATA mx.acme.example 550 The recipient refuses to receive this mail
    5.0.0 DATA mx.acme.example 550 Rejected by user's filter rules
    5.2.0 DATA mx.acme.example 550 5.2.0 Message filtered by recipient
  `,
  onhold: `
    5.0.0 - mx.acme.example 550 Zzyzx 17
    4.0.0 - mx.acme.example 450 4.0.0 Zzyzx 17
  `,
  contenterror: `
    5.6.0 DATA mx.acme.example 554 5.6.0 Message contains invalid header
  `,
};

const PHASES: Readonly<Record<string, string>> = {
  HELO: 'EHLO',
  MAIL: 'MAIL FROM',
  RCPT: 'RCPT TO',
  DATA: 'end of DATA',
};

const reasonOf = (line: string): string => {
  const [, status, command, host, words] = /^(\S+) (\S+) (\S+) (.*)$/.exec(line)!;
  const during = command === '-' ? '' : ` (in reply to ${PHASES[command!]} command)`;
  const raw = [
    'From: MAILER-DAEMON@mx.example (Mail Delivery System)',
    'Subject: Undelivered Mail Returned to Sender',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
    '',
    '--b',
    '',
    `<bob@mail.example>: ${host === '-' ? '' : `host ${host}[192.0.2.9] said: `}${words}${during}`,
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Final-Recipient: rfc822; bob@mail.example',
    'Action: failed',
    `Status: ${status}`,
    ...(host === '-' ? [] : [`Remote-MTA: dns; ${host}`]),
    `Diagnostic-Code: ${/^x-unix;/.test(words!) ? '' : host === '-' ? 'x-postfix; ' : 'smtp; '}${words}`,
    '--b--',
  ];
  return parseMessage(Buffer.from(raw.join('\r\n'))).report!.recipients[0]!.reason;
};

it.each(Object.entries(SAID))('is told from what servers say: %s', (reason, said) => {
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  expect(lines.filter((line) => reasonOf(line) !== reason)).toEqual([]);
});
