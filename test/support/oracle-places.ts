/** Where the second reader looks: the places of the XSD at which documents name Devices, kinds and payloads. */

export const RESPONSE_DEVICE_PATHS = [
  'sr:ResponseMessage/sr:DSPInventory/sr:Device/sr:DeviceID',
  'sr:ResponseMessage/sr:DSPOptIn/sr:DeviceID',
  'sr:ResponseMessage/sr:DSPSchedulesRead/sr:DSPSchedules/sr:DSPScheduleDetails/sr:DeviceID',
  'sr:SMETS1ResponseMessage/sr:SMETS1SignedResponse/sr:SMETS1Response/sr:Header/ra:BusinessOriginatorID',
]
export const RESPONSE_LIST_PATHS = ['DSPUpdateFirmwareWarning', 'DSPUpdatePPMIDFirmwareWarning'].flatMap(
  (warning) =>
    [
      'InvalidDeviceIDList',
      'NotCommissionedDeviceIDList',
      'NotApplicableFirmwareDeviceIDList',
      'OtherRequestInProgressList',
      'InvalidGBCSVersionList',
    ].map((list) => `sr:ResponseMessage/sr:${warning}/sr:${list}`),
)
/** Parents of a ServiceReference with its variant, and the name that both begin with. */
export const RESPONSE_KIND_PATHS: readonly (readonly [string, string])[] = [
  ['sr:Body/sr:ResponseMessage', 'sr:ServiceReference'],
  ['sr:Body/sr:SMETS1ResponseMessage', 'sr:ServiceReference'],
  [
    'sr:Body/sr:SMETS1ResponseMessage/sr:SMETS1SignedResponse/sr:SMETS1Response/sr:Header',
    'ra:ServiceReference',
  ],
]
export const ALERT_PATHS = [
  'sr:DeviceAlertMessage/sr:AlertCode',
  'sr:ResponseMessage/sr:FutureDatedDeviceAlertMessage/sr:FutureDatedAlertCode',
  'sr:SMETS1ResponseMessage/sr:SMETS1SignedResponse/sr:SMETS1Response/sr:Body/sr:DeviceAlertMessage/ra:DeviceAlertContent/ra:GBCSHexAlertCode',
]
export const PAYLOAD_PATHS = [
  ...['ResponseMessage', 'DeviceAlertMessage'].map(
    (message) =>
      `sr:SMETS1ResponseMessage/sr:SMETS1SignedResponse/sr:SMETS1Response/sr:Body/sr:${message}/ra:GBCSData`,
  ),
  'sr:SignedPreCommand/sr:GBCSPayload',
  'sr:ReturnLocalCommandResponse/sr:DeviceGBCSResponse',
  'sr:DeviceAlertMessage/sr:GBCSPayload',
  'sr:ResponseMessage/sr:GBCSPayload',
  ...['CINMessage', 'DSPScheduledMessage', 'FutureDatedDeviceAlertMessage', 'LocalCommand', 'PreCommand'].map(
    (wrapper) => `sr:ResponseMessage/sr:${wrapper}/sr:GBCSPayload`,
  ),
]
export const SMETS1_MESSAGE_CODE_PATH =
  'sr:SMETS1ResponseMessage/sr:SMETS1SignedResponse/sr:SMETS1Response/sr:Header/ra:GBCSHexadecimalMessageCode'

/** Names in the Header of a Request, and of a Response; an element of any other name may name Devices. */
export const HEADER_NAMES = {
  Request: [
    'RequestID',
    'FirstInSequence',
    'PrecedingServiceRequestID',
    'CommandVariant',
    'ServiceReference',
    'ServiceReferenceVariant',
  ],
  Response: ['RequestID', 'ResponseID', 'ResponseCode', 'ResponseDateTime'],
}

const SMETS1_PATH = 'sr:Body/sr:SMETS1ResponseMessage'
const SMETS1_BODY_PATH = `${SMETS1_PATH}/sr:SMETS1SignedResponse/sr:SMETS1Response/sr:Body`
const THROTTLED = ['ThrottledAlertSequenceId', 'ThrottledAlertCount']
/** Elements below which every element of another name is one of a later version, and is looked into. */
export const OPEN_PLACES: readonly (readonly [path: string, names: readonly string[]])[] = [
  [
    'sr:Body/sr:ResponseMessage',
    [
      'ServiceReference',
      'ServiceReferenceVariant',
      'CINMessage',
      'DSPInventory',
      'DSPOptIn',
      'DSPSchedulesRead',
      'DSPScheduledMessage',
      'DSPScheduleID',
      'DSPUpdateFirmwareWarning',
      'DSPUpdatePPMIDFirmwareWarning',
      'DSPWANMatrix',
      'FutureDatedDeviceAlertMessage',
      'GBCSPayload',
      'LocalCommand',
      'PreCommand',
    ],
  ],
  ['sr:Body/sr:DeviceAlertMessage', ['AlertCode', 'GBCSPayload', ...THROTTLED]],
  ['sr:Body/sr:DCCAlertMessage', ['DCCAlertCode', 'DCCAlert', ...THROTTLED]],
  [
    SMETS1_PATH,
    ['ServiceReference', 'ServiceReferenceVariant', 'DSPScheduleID', 'SMETS1SignedResponse', ...THROTTLED],
  ],
  [`${SMETS1_PATH}/sr:SMETS1SignedResponse`, ['SMETS1Response']],
  [`${SMETS1_PATH}/sr:SMETS1SignedResponse/sr:SMETS1Response`, ['Header', 'Body']],
  [SMETS1_BODY_PATH, ['ResponseMessage', 'DeviceAlertMessage']],
  [`${SMETS1_BODY_PATH}/sr:ResponseMessage`, ['GBCSData', 'SMETSData', 'DebugInfo']],
  [`${SMETS1_BODY_PATH}/sr:DeviceAlertMessage`, ['GBCSData', 'DeviceAlertContent']],
  [
    `${SMETS1_BODY_PATH}/sr:DeviceAlertMessage/ra:DeviceAlertContent`,
    ['GBCSHexAlertCode', 'AlertDescription', 'Timestamp', 'Payload'],
  ],
]
export const RESPONSE_BODIES = [
  'ResponseMessage',
  'DeviceAlertMessage',
  'DCCAlertMessage',
  'SMETS1ResponseMessage',
]
export const SMETS1_ALERT_PATH = `${SMETS1_BODY_PATH}/sr:DeviceAlertMessage/ra:DeviceAlertContent/ra:Payload`
/** Names that mean the same anywhere inside an element of a later version. */
export const ALERT_NAMES = ['AlertCode', 'DeviceAlertCode', 'FutureDatedAlertCode', 'GBCSHexAlertCode']
export const REFERENCE_NAMES = ['ServiceReference', 'DSPScheduledServiceReference']
export const PAYLOAD_NAMES = ['GBCSPayload', 'DeviceGBCSResponse', 'GBCSData']
export const SRV_NAMES = ['ServiceReferenceVariant', 'DSPScheduledServiceReferenceVariant']

export const SMETS1_DATA_PATH =
  'sr:SMETS1ResponseMessage/sr:SMETS1SignedResponse/sr:SMETS1Response/sr:Body/sr:ResponseMessage/ra:SMETSData'
/** Devices that SMETS1 answers name, none of them elsewhere. */
export const SMETS1_DEVICE_PATHS = [
  'ra:ReadDeviceConfigurationIdentityExcMPxNRsp/ra:DeviceIdentifier',
  'ra:ReadALCSDataRsp/ra:AuxiliaryLoadControlSwitch/ra:TypeAndIdentifier/ra:HCALCS',
  'ra:ReadDeviceLogRsp//ra:DeviceID',
  'ra:RestoreGPFDeviceLogRsp//ra:DeviceID',
  'ra:ReadAuxiliaryControllerOperationalDataRsp/ra:AuxiliaryControllerOperationalData/ra:TypeAndIdentifier/ra:HCALCSID',
]
/** The one answer element of the MMC that is not the body element's name and `Rsp`. */
export const MISNAMED = 'ReadDeviceConfigurationDataBillingCalendarRsp'
