/**
 * Signs a document that the gateway wrote itself, the way every signed DUIS sample is signed: enveloped XML signature over
 * the whole document (Reference URI=""), ECDSA with SHA-256, the certificate named by issuer and serial number.
 *
 * No canonicalisation happens here, because there is nothing to canonicalise: `response-document.ts` writes its root element
 * in canonical form (Canonical XML 1.0, and Exclusive, which are the same where one namespace is used by the root), and what
 * is signed is written twice below, once as it stands in the document and once as its canonical form.
 */
import { createHash } from 'node:crypto'

export interface DocumentSigner {
  /** RFC 4514 text. */
  readonly issuerName: string
  /** Decimal. */
  readonly serialNumber: string
  /** ECDSA P-256 with SHA-256 over the bytes: r and s, 32 bytes each. */
  readonly sign: (bytes: Buffer) => Buffer
}

const NAMESPACE = 'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'

/** What SignedInfo holds, in canonical form. */
function signedInfoContent(digest: string): string {
  return [
    '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod>',
    '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"></ds:SignatureMethod>',
    '<ds:Reference URI=""><ds:Transforms>',
    '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform>',
    '</ds:Transforms>',
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>',
    `<ds:DigestValue>${digest}</ds:DigestValue></ds:Reference>`,
  ].join('')
}

/** The document with its signature as the last child of the root. `document` is one that `responseDocument` wrote. */
export function signedDocument(document: string, signer: DocumentSigner): string {
  const root = document.slice(document.indexOf('?>') + 2)
  const content = signedInfoContent(createHash('sha256').update(root).digest('base64'))
  // As the apex of what is canonicalised, SignedInfo declares the namespace that Signature declares in the document.
  const canonical = `<ds:SignedInfo ${NAMESPACE}>${content}</ds:SignedInfo>`
  const value = signer.sign(Buffer.from(canonical)).toString('base64')
  const signature = [
    `<ds:Signature ${NAMESPACE}><ds:SignedInfo>${content}</ds:SignedInfo>`,
    `<ds:SignatureValue>${value}</ds:SignatureValue>`,
    '<ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial>',
    `<ds:X509IssuerName>${canonicalText(signer.issuerName)}</ds:X509IssuerName>`,
    `<ds:X509SerialNumber>${signer.serialNumber}</ds:X509SerialNumber>`,
    '</ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo></ds:Signature>',
  ].join('')
  const end = document.lastIndexOf('</')
  return document.slice(0, end) + signature + document.slice(end)
}

const TEXT_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#xD;',
}
const ATTRIBUTE_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
}

/** Text of an element in canonical form (Canonical XML 1.0 §2.3). */
export function canonicalText(text: string): string {
  if (!/[&<>\r]/.test(text)) return text
  return text.replace(/[&<>\r]/g, (character) => TEXT_ESCAPES[character] ?? character)
}

/** Value of an attribute in canonical form. */
export function canonicalAttribute(text: string): string {
  if (!/[&<"\t\n\r]/.test(text)) return text
  return text.replace(/[&<"\t\n\r]/g, (character) => ATTRIBUTE_ESCAPES[character] ?? character)
}
