import type { Address } from './addresses.ts';
import type { Finding } from './finding.ts';
import type { Handshake } from './handshake.ts';

/** Judges the certificate that a server showed: whether it is good today, and not the one that every installation has. */
export function judgeCertificate({ server, port }: Address, handshake: Handshake, now = new Date()): Finding {
  const question = { server, question: 'certificate', subject: 'TLS certificate', by: 'asking' } as const;
  const certificate = handshake.outcome === 'taken' ? handshake.seen?.certificate : undefined;
  if (!certificate?.subject) {
    const found = `${port} showed no certificate`;
    return { ...question, severity: 'high', standing: 'cannot tell', found, consequence: '', cure };
  }
  const { subject, valid_to: end } = certificate;
  const found = `${[subject.CN, subject.O].filter(Boolean).join(', ')}, until ${new Date(end).toISOString().slice(0, 10)}`;
  // Assumed: what WSO2's distributions are known to ship; the servers that were asked had others.
  if (String(subject.O) === 'WSO2' && subject.CN === 'localhost') {
    const consequence = 'everybody has its key: WSO2 ships it with the product';
    return { ...question, severity: 'critical', standing: 'open', found, consequence, cure };
  }
  const isOver = new Date(end) < now;
  const consequence = 'clients that verify it cannot connect, and clients that do not cannot recognise an impostor';
  return { ...question, severity: 'high', standing: isOver ? 'open' : 'shut', found, consequence, cure };
}

const cure = 'a key and a certificate of your own: keystore.tls.file_name and its passwords';
