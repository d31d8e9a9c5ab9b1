-- Moving files together with the imports of them.
--
-- The facts. Neovim asks no server before a file is moved. A buffer stays, for servers, under the URI that it was opened with,
-- and what renaming it does to that differs by version.
--
-- What we do. Buffers of files that move are written, closed, and opened anew in the windows that they were in.

local api, uv = vim.api, vim.uv or vim.loop

local MILLISECONDS = 30000

--- The loaded buffers that have changes, as a set.
local function modified()
  local found = {}
  for _, buffer in ipairs(api.nvim_list_bufs()) do
    found[buffer] = api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].modified or nil
  end
  return found
end

local function run(buffers, command)
  for _, buffer in ipairs(buffers) do
    api.nvim_buf_call(buffer, function()
      vim.cmd("silent " .. command)
    end)
  end
end

--- Where a file is after the move; nil for one that does not move.
local function place_of(file, from, to)
  if file == from or vim.startswith(file, from .. "/") then
    return to .. file:sub(#from + 1)
  end
end

--- What the server wants edited before the move; nil for nothing. Raises what it has against it.
local function edit_of(client, from, to)
  local files = { { oldUri = vim.uri_from_fname(from), newUri = vim.uri_from_fname(to) } }
  -- A client's functions take it as their first argument since Neovim 0.11.
  local self = vim.fn.has("nvim-0.11") == 1 and { client } or {}
  local request = vim.list_extend(self, { "workspace/willRenameFiles", { files = files }, MILLISECONDS })
  local reply, trouble = client.request_sync(unpack(request))
  trouble = trouble or reply.err and reply.err.message
  return trouble and error(trouble, 0) or reply.result
end

--- Apply an edit; the buffers that are to be written for it: none that somebody is at work in.
local function apply(edit, client)
  local before, edited = modified(), {}
  vim.lsp.util.apply_workspace_edit(edit, client.offset_encoding)
  for buffer in pairs(modified()) do
    if not before[buffer] then
      table.insert(edited, buffer)
    end
  end
  return edited
end

local function reopen(from, to)
  for _, old in ipairs(api.nvim_list_bufs()) do
    local file = place_of(api.nvim_buf_get_name(old), from, to)
    if file then
      local new = vim.fn.bufadd(file)
      vim.bo[new].buflisted = vim.bo[old].buflisted
      for _, window in ipairs(vim.fn.win_findbuf(old)) do
        api.nvim_win_call(window, function()
          local view = vim.fn.winsaveview()
          api.nvim_win_set_buf(window, new)
          vim.fn.winrestview(view)
        end)
      end
      api.nvim_buf_delete(old, { force = true })
    end
  end
end

--- Move a file or a directory, and edit the imports of it and in it. Raises what is in the way, and then nothing has moved.
return function(client, from, to)
  if not uv.fs_lstat(from) then
    error(from .. " is not there", 0)
  elseif uv.fs_lstat(to) then
    error(to .. " is there already", 0)
  elseif not client then
    error("no server runs for " .. from .. ": open a file of its project first", 0)
  end
  -- First, since what happens on writing may move what is to be edited.
  local moving = vim.tbl_filter(function(buffer)
    return place_of(api.nvim_buf_get_name(buffer), from, to) ~= nil
  end, vim.tbl_keys(modified()))
  run(moving, "write")
  local edit = edit_of(client, from, to)
  vim.fn.mkdir(vim.fn.fnamemodify(to, ":h"), "p")
  local edited = edit and apply(edit, client) or {}
  run(edited, "write")
  local is_moved, why = uv.fs_rename(from, to)
  if not is_moved then
    run(edited, "undo | silent write")
    error(why, 0)
  end
  reopen(from, to)
end
