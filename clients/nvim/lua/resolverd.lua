-- `resolverd lsp` in Neovim's own client, from version 0.7 on: one server for a project, and a command that moves files.

local M = {}

local FILETYPES =
  { "javascript", "javascriptreact", "typescript", "typescriptreact", "css", "vue", "svelte", "json", "jsonc" }

local uv = vim.uv or vim.loop
local settings = {}
local ids = {} -- Of clients, by the root of their project.

--- The repository that a path is in, else its package, else its directory.
local function root_of(path)
  local package
  local directory = path
  repeat
    directory = vim.fn.fnamemodify(directory, ":h")
    if uv.fs_stat(directory .. "/.git") then
      return directory
    end
    if not package and uv.fs_stat(directory .. "/package.json") then
      package = directory
    end
  until directory == "/"
  return package or vim.fn.fnamemodify(path, ":h")
end

local function client_of(root)
  return ids[root] and vim.lsp.get_client_by_id(ids[root])
end

local function attach(buffer)
  local file = vim.api.nvim_buf_get_name(buffer)
  if vim.bo[buffer].buftype ~= "" or not vim.startswith(file, "/") then
    return
  end
  local root = root_of(file)
  if not client_of(root) then
    local config = { name = "resolverd", cmd = { "resolverd", "lsp" }, root_dir = root }
    local start = vim.lsp.start or vim.lsp.start_client -- Neovim 0.8 and later; 0.7
    ids[root] = start(vim.tbl_extend("force", config, settings), { bufnr = buffer })
  end
  if ids[root] then
    vim.lsp.buf_attach_client(buffer, ids[root])
  end
end

local function rename(arguments)
  local paths = vim.tbl_map(function(path)
    return (vim.fn.simplify(vim.fn.fnamemodify(path, ":p")):gsub("/$", ""))
  end, arguments.fargs)
  if #paths == 1 then
    table.insert(paths, 1, vim.api.nvim_buf_get_name(0))
  end
  local client = client_of(root_of(paths[1]))
  local is_done, trouble = pcall(require("resolverd.rename"), client, paths[1], paths[2])
  if not is_done then
    vim.notify("resolverd: " .. trouble, vim.log.levels.ERROR)
  end
end

--- Serve the files that may import others. `config` is what clients take: `cmd`, `init_options`, `on_attach` and so on.
function M.setup(config)
  settings = config or {}
  vim.api.nvim_create_autocmd("FileType", {
    group = vim.api.nvim_create_augroup("resolverd", {}),
    pattern = FILETYPES,
    callback = function(event)
      attach(event.buf)
    end,
  })
  vim.api.nvim_create_user_command("ResolverdRename", rename, {
    nargs = "+",
    complete = "file",
    desc = "[FROM] TO: move a file (the current one) or a directory, and edit the imports of it and in it",
  })
end

return M
