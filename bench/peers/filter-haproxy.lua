-- Takes Device and SRV of a Request out of its body into variables.
core.register_action('extract', { 'http-req' }, function(txn)
  local body = txn.sf:req_body()
  txn:set_var('txn.device', string.upper(string.match(body, '<sr:RequestID>[^:<]*:([%x-]+):') or ''))
  txn:set_var('txn.srv', string.match(body, '<sr:ServiceReferenceVariant>([%d.]+)<') or '')
end)
