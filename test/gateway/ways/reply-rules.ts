/** Rules of the gate for statuses, and for pages that come in place of a Response. */
import { RA } from '../../fixtures/message.ts'
import {
  adding,
  anErrorOf,
  chunkedAs,
  emptied,
  hidden,
  malformed,
  oneChunk,
  PAGE,
  pageCells,
  passes,
  type Rule,
  replyCells,
  saying,
  unframed,
  unreadable,
  withStatus,
} from './rule-parts.ts'

export const REPLY_RULES: Readonly<Record<string, Rule>> = {
  // Statuses
  'an interim reply before it': {
    change: (wire) => saying(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${wire.start}`)(wire),
    staysBehind: /^link/im,
    cells: replyCells(passes),
  },
  'another protocol (101)': {
    change: emptied('HTTP/1.1 101 Switching Protocols', 'Connection: upgrade', 'Upgrade: h2c'),
    cells: replyCells(malformed),
  },
  'a status of no class (600)': { change: saying('HTTP/1.1 600 Odd'), cells: replyCells(malformed) },
  'a status of no class (999)': { change: saying('HTTP/1.1 999 Odd'), cells: replyCells(malformed) },
  'a status of no class (099)': { change: saying('HTTP/1.1 099 Odd'), cells: replyCells(malformed) },
  'a status of four digits': { change: saying('HTTP/1.1 2000 Odd'), cells: replyCells(malformed) },
  'the last status there is (599)': {
    change: emptied('HTTP/1.1 599 Odd', 'Content-Length: 0'),
    cells: replyCells(withStatus(599)),
  },
  'a redirection without content': {
    change: emptied('HTTP/1.1 307 Temporary Redirect', 'Location: http://elsewhere/', 'Content-Length: 0'),
    staysBehind: /^location/im,
    cells: replyCells(withStatus(307)),
  },
  ...Object.fromEntries(
    [204, 304].flatMap((status): [string, Rule][] => [
      [
        `${status} without content`,
        { change: emptied(`HTTP/1.1 ${status} X`), cells: replyCells(withStatus(status)) },
      ],
      [
        `${status} with content of no length`,
        {
          change: emptied(`HTTP/1.1 ${status} X`, 'Content-Length: 0'),
          cells: replyCells(withStatus(status)),
        },
      ],
      [`${status} with content`, { change: saying(`HTTP/1.1 ${status} X`), cells: replyCells(malformed) }],
      [
        `${status} with content in chunks`,
        {
          change: (wire) => chunkedAs(oneChunk)(saying(`HTTP/1.1 ${status} X`)(wire)),
          cells: replyCells(malformed),
        },
      ],
    ]),
  ),
  '205 without content': {
    change: emptied('HTTP/1.1 205 X', 'Content-Length: 0'),
    cells: replyCells(withStatus(205)),
  },
  '205 with no chunks': {
    change: (wire) => chunkedAs(() => '0\r\n\r\n')(saying('HTTP/1.1 205 X')(wire)),
    body: () => '',
    cells: replyCells(withStatus(205)),
  },
  '205 with content': { change: saying('HTTP/1.1 205 X'), cells: replyCells(malformed) },
  '205 with content in chunks': {
    change: (wire) => chunkedAs(oneChunk)(saying('HTTP/1.1 205 X')(wire)),
    cells: replyCells(malformed),
  },
  '205 with content up to the end of the connection': {
    change: (wire) => ({ ...unframed(wire), start: 'HTTP/1.1 205 X', ends: true }),
    cells: replyCells(malformed),
  },

  // Error pages
  'an error page': { change: anErrorOf(PAGE), cells: pageCells(withStatus(502)) },
  'an error page in a charset with the same markup': {
    change: anErrorOf(PAGE, 'text/html; charset=windows-1252'),
    carried: [/^content-type: text\/html; charset=windows-1252$/im],
    cells: pageCells(withStatus(502)),
  },
  'an error page that declares such an encoding': {
    change: anErrorOf(
      `<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><body>503 \xa9</body></html>`,
    ),
    cells: pageCells(withStatus(502)),
  },
  'an error page with the first bytes of another encoding further on': {
    change: anErrorOf('<html><body>\xfe\xff +/v8- Lo\xa7\x94</body></html>'),
    cells: pageCells(withStatus(502)),
  },
  'an error in JSON': {
    change: anErrorOf('{"error":1}', 'application/json'),
    cells: pageCells(withStatus(502)),
  },
  'an error page with two readings': {
    change: anErrorOf(PAGE, 'text/html; charset=utf-7'),
    cells: pageCells(unreadable),
  },
  'a compressed error page': {
    change: (wire) => adding('Content-Encoding: br')(anErrorOf('\x0b\x02\x80abc\x03')(wire)),
    carried: [/^content-encoding: br$/im],
    cells: pageCells(unreadable),
  },
  ...Object.fromEntries(
    Object.entries({
      'cut off': hidden(RA).slice(0, -5),
      'in UTF-16': Buffer.from(hidden(RA), 'utf16le').toString('latin1'),
      'in UTF-16 with its mark': `\xfe\xff${Buffer.from(hidden(RA), 'utf16le').swap16().toString('latin1')}`,
      'that declares UTF-7': `<?xml version="1.0" encoding="UTF-7"?>${hidden('http://www.+AGQ-ccinterface.co.uk/ResponseAndAlert')}`,
      'that declares EBCDIC': `<?xml version='1.0' encoding='cp037'?><a/>`,
      'with the first bytes of EBCDIC': 'Lo\xa7\x94\x93\x40',
      'with the first bytes of UTF-7': `+/v8-${hidden('http://www.+AGQ-ccinterface.co.uk/ResponseAndAlert')}`,
      'with references for letters': `<a>${hidden('http://www.dc&#99;&#x69;nterface.co.uk/ResponseAndAlert')}</a>`,
      'with letters from its document type': `<!DOCTYPE a [<!ENTITY d "dcc">]>${hidden('http://www.&d;interface.co.uk/ResponseAndAlert')}`,
      'with letters from a page of entities': `<!DOCTYPE html [<!ENTITY d "dcc">]>${hidden('http://www.&d;interface.co.uk/ResponseAndAlert')}`,
      'with an attribute from elsewhere': '<!DOCTYPE Response SYSTEM "http://elsewhere/dtd"><Response/>',
      'in an envelope': `<Envelope>${hidden(RA)}</Envelope>`,
    }).map(([what, body]): [string, Rule] => [
      `a DUIS document as an error page, ${what}`,
      { change: anErrorOf(body), cells: pageCells(unreadable) },
    ]),
  ),
}
