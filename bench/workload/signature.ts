/**
 * A ds:Signature of the layout and length that published messages have (about 1,100 bytes), with values that verify
 * nothing: the gateway reads signatures for well-formedness only.
 */
export const SIGNATURE = `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
    <ds:SignedInfo>
      <ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
      <ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>
      <ds:Reference URI="">
        <ds:Transforms>
          <ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
        </ds:Transforms>
        <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
        <ds:DigestValue>bm90IGEgZGlnZXN0LCBvbmx5IGFzIGxvbmcgYXMgb25lLi4=</ds:DigestValue>
      </ds:Reference>
    </ds:SignedInfo>
    <ds:SignatureValue>bm90IGEgc2lnbmF0dXJlLCBvbmx5IGFzIGxvbmcgYXMgb25lLiBub3QgYSBzaWduYXR1cmUsIG9ubHku</ds:SignatureValue>
    <ds:KeyInfo>
      <ds:X509Data>
        <ds:X509IssuerSerial>
          <ds:X509IssuerName>CN=Z1, OU=07</ds:X509IssuerName>
          <ds:X509SerialNumber>12345678901234567890</ds:X509SerialNumber>
        </ds:X509IssuerSerial>
      </ds:X509Data>
    </ds:KeyInfo>
  </ds:Signature>`
