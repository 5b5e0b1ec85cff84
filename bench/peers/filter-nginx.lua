-- The filter for nginx in Lua: Device and SRV out of the body, and a table of each in memory.
local filter = {}
local restricted, blocked, rejection = {}, {}, ''

local function keys_of(path, into)
  for line in io.lines(path) do
    into[string.match(line, '%S+')] = true
  end
end

function filter.load(folder)
  keys_of(folder .. '/restricted.map', restricted)
  keys_of(folder .. '/blocked.map', blocked)
  local file = assert(io.open(folder .. '/rejection.xml'))
  rejection = file:read('*a')
  file:close()
end

function filter.decide()
  ngx.req.read_body()
  local body = ngx.req.get_body_data() or ''
  local device = string.match(body, '<sr:RequestID>[^:<]*:([%x-]+):')
  local srv = string.match(body, '<sr:ServiceReferenceVariant>([%d.]+)<')
  if device and srv and blocked[srv] and restricted[string.upper(device)] then
    ngx.header['Content-Type'] = 'application/xml'
    ngx.header['Content-Length'] = #rejection
    ngx.print(rejection)
    return ngx.exit(200)
  end
end

return filter
