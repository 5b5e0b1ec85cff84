/**
 * Where in a message the second reader looks: paths of DUIS 5.4 (`sr:`) and MMC 5.4 (`ra:`) below the root. Places that differ
 * from one SRV or DCC Alert payload to another are in the catalogue.
 */

/** What the Header of each root holds in the versions that are known. */
export const HEADER_NAMES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'sr:Request',
    new Set([
      'sr:RequestID',
      'sr:FirstInSequence',
      'sr:PrecedingServiceRequestID',
      'sr:CommandVariant',
      'sr:ServiceReference',
      'sr:ServiceReferenceVariant',
    ]),
  ],
  ['sr:Response', new Set(['sr:RequestID', 'sr:ResponseID', 'sr:ResponseCode', 'sr:ResponseDateTime'])],
])

/** What a Create Schedule holds beside the element that stands for the scheduled SRV. */
export const KNOWN_SCHEDULE_NAMES: ReadonlySet<string> = new Set([
  'ScheduleFrequency',
  'ScheduleStartDate',
  'ScheduleEndDate',
  'ScheduleExecutionStartTime',
  'KAPublicSecurityCredential',
  'DSPScheduledServiceReference',
  'DSPScheduledServiceReferenceVariant',
  'DeviceID',
])

const ANSWER = 'sr:Body/sr:ResponseMessage'
const SMETS1 = 'sr:Body/sr:SMETS1ResponseMessage'
const SMETS1_INNER = `${SMETS1}/sr:SMETS1SignedResponse/sr:SMETS1Response`

export const SMETS1_MESSAGE_CODE_PATH = `${SMETS1_INNER}/sr:Header/ra:GBCSHexadecimalMessageCode`
export const SMETS1_ALERT_PATH = `${SMETS1_INNER}/sr:Body/sr:DeviceAlertMessage`
/** Its children are answers in clear, each named after its SRV. */
export const ANSWER_PATH = `${SMETS1_INNER}/sr:Body/sr:ResponseMessage/ra:SMETSData`
/** Its children are data of alerts in clear. */
export const ALERT_DATA_PATH = `${SMETS1_ALERT_PATH}/ra:DeviceAlertContent/ra:Payload`

/** Elements with a ServiceReference and its variant among their children, and the name that both begin with. */
export const KIND_PARENTS: readonly (readonly [path: string, name: string])[] = [
  ['sr:Header', 'sr:ServiceReference'],
  ['sr:Body/sr:CreateSchedule', 'sr:DSPScheduledServiceReference'],
  [ANSWER, 'sr:ServiceReference'],
  [SMETS1, 'sr:ServiceReference'],
  [`${SMETS1_INNER}/sr:Header`, 'ra:ServiceReference'],
]

export const EUI_PATHS: readonly string[] = [
  `${ANSWER}/sr:DSPInventory/sr:Device/sr:DeviceID`,
  `${ANSWER}/sr:DSPOptIn/sr:DeviceID`,
  `${ANSWER}/sr:DSPSchedulesRead/sr:DSPSchedules/sr:DSPScheduleDetails/sr:DeviceID`,
  `${SMETS1_INNER}/sr:Header/ra:BusinessOriginatorID`,
  ...[
    'ReadALCSDataRsp/ra:AuxiliaryLoadControlSwitch/ra:TypeAndIdentifier/ra:HCALCS',
    'ReadAuxiliaryControllerOperationalDataRsp/ra:AuxiliaryControllerOperationalData/ra:TypeAndIdentifier/ra:HCALCSID',
    'ReadDeviceConfigurationIdentityExcMPxNRsp/ra:DeviceIdentifier',
    'ReadDeviceLogRsp/ra:CHFConnectedDeviceLog/ra:CHFCurrentConnectedDeviceLogEntry/ra:DeviceID',
    'ReadDeviceLogRsp/ra:CHFConnectedDeviceLog/ra:CHFHistoricConnectedDeviceLogEntry/ra:DeviceID',
    'ReadDeviceLogRsp/ra:CHFDeviceLog/ra:CHFDeviceLogEntry/ra:DeviceID',
    'ReadDeviceLogRsp/ra:DeviceLogEntries/ra:LogEntry/ra:DeviceID',
    'RestoreGPFDeviceLogRsp/ra:RestoreDeviceLogOutcome/ra:DeviceLogEntry/ra:DeviceID',
  ].map((path) => `${ANSWER_PATH}/ra:${path}`),
]

export const EUI_LIST_PATHS: readonly string[] = [
  'DSPUpdateFirmwareWarning',
  'DSPUpdatePPMIDFirmwareWarning',
].flatMap((warning) =>
  [
    'InvalidDeviceIDList',
    'NotCommissionedDeviceIDList',
    'NotApplicableFirmwareDeviceIDList',
    'OtherRequestInProgressList',
    'InvalidGBCSVersionList',
  ].map((list) => `${ANSWER}/sr:${warning}/sr:${list}`),
)

export const ALERT_CODE_PATHS: readonly string[] = [
  'sr:Body/sr:DeviceAlertMessage/sr:AlertCode',
  `${ANSWER}/sr:FutureDatedDeviceAlertMessage/sr:FutureDatedAlertCode`,
  `${SMETS1_ALERT_PATH}/ra:DeviceAlertContent/ra:GBCSHexAlertCode`,
]

export const PAYLOAD_PATHS: readonly string[] = [
  'sr:Body/sr:SignedPreCommand/sr:GBCSPayload',
  'sr:Body/sr:ReturnLocalCommandResponse/sr:DeviceGBCSResponse',
  'sr:Body/sr:DeviceAlertMessage/sr:GBCSPayload',
  `${ANSWER}/sr:GBCSPayload`,
  ...['CINMessage', 'DSPScheduledMessage', 'FutureDatedDeviceAlertMessage', 'LocalCommand', 'PreCommand'].map(
    (wrapper) => `${ANSWER}/sr:${wrapper}/sr:GBCSPayload`,
  ),
]

/** Answers in clear whose name is not that of the body element with `Rsp` behind it, and the body element. */
export const MISNAMED_ANSWERS: ReadonlyMap<string, string> = new Map([
  ['ReadDeviceConfigurationDataBillingCalendarRsp', 'ReadDeviceConfigurationBillingCalendar'],
])

/** Payloads that say of themselves whether they are GBCS messages in clear. */
export const TYPED_PAYLOAD_PATHS: readonly string[] = [
  `${SMETS1_INNER}/sr:Body/sr:ResponseMessage/ra:GBCSData`,
  `${SMETS1_ALERT_PATH}/ra:GBCSData`,
]

const THROTTLED = ['sr:ThrottledAlertSequenceId', 'sr:ThrottledAlertCount']

/**
 * What the known versions have at places where a later one may have more. The catalogue has the children of a DCC Alert, of a
 * Request's Body and of a SMETS1 alert's payload.
 */
export const KNOWN_CHILDREN: ReadonlyMap<string, readonly string[]> = new Map([
  ['', ['sr:Header', 'sr:Body']],
  [
    'sr:Body',
    ['sr:ResponseMessage', 'sr:DeviceAlertMessage', 'sr:DCCAlertMessage', 'sr:SMETS1ResponseMessage'],
  ],
  [
    ANSWER,
    [
      'sr:ServiceReference',
      'sr:ServiceReferenceVariant',
      'sr:CINMessage',
      'sr:DSPInventory',
      'sr:DSPOptIn',
      'sr:DSPScheduledMessage',
      'sr:DSPScheduleID',
      'sr:DSPSchedulesRead',
      'sr:DSPUpdateFirmwareWarning',
      'sr:DSPUpdatePPMIDFirmwareWarning',
      'sr:DSPWANMatrix',
      'sr:FutureDatedDeviceAlertMessage',
      'sr:GBCSPayload',
      'sr:LocalCommand',
      'sr:PreCommand',
    ],
  ],
  ['sr:Body/sr:DeviceAlertMessage', ['sr:AlertCode', 'sr:GBCSPayload', ...THROTTLED]],
  ['sr:Body/sr:DCCAlertMessage', ['sr:DCCAlertCode', 'sr:DCCAlert', ...THROTTLED]],
  [
    SMETS1,
    [
      'sr:ServiceReference',
      'sr:ServiceReferenceVariant',
      'sr:DSPScheduleID',
      'sr:SMETS1SignedResponse',
      ...THROTTLED,
    ],
  ],
  [`${SMETS1}/sr:SMETS1SignedResponse`, ['sr:SMETS1Response']],
  [SMETS1_INNER, ['sr:Header', 'sr:Body']],
  [`${SMETS1_INNER}/sr:Body`, ['sr:ResponseMessage', 'sr:DeviceAlertMessage']],
  [`${SMETS1_INNER}/sr:Body/sr:ResponseMessage`, ['ra:GBCSData', 'ra:SMETSData', 'ra:DebugInfo']],
  [SMETS1_ALERT_PATH, ['ra:GBCSData', 'ra:DeviceAlertContent']],
  [
    `${SMETS1_ALERT_PATH}/ra:DeviceAlertContent`,
    ['ra:GBCSHexAlertCode', 'ra:AlertDescription', 'ra:Timestamp', 'ra:Payload'],
  ],
])

/** What an element of a later version may hold under a name that means the same wherever it stands. */
export const CARRIED_ALERT_NAMES: ReadonlySet<string> = new Set([
  'AlertCode',
  'DeviceAlertCode',
  'FutureDatedAlertCode',
  'GBCSHexAlertCode',
])
export const CARRIED_KIND_NAMES: readonly string[] = [
  'sr:ServiceReference',
  'ra:ServiceReference',
  'sr:DSPScheduledServiceReference',
]
