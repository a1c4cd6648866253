# Installs the agent, its configuration and one plugin. node['instrument_server']['deb'] is the path of
# the package on the host, and node['instrument_server']['api_key'] is the project's key.

apt_package 'instrument-server' do
  source node['instrument_server']['deb']
end

# A file with a mistake is not installed: `verify` shows every problem, with its line. The agent
# watches its files, so nothing is notified.
template '/etc/instrument_server.ini' do
  source 'instrument_server.ini.erb'
  owner 'root'
  group 'instrument_server'
  mode '0640'
  sensitive true # it holds the key
  variables(api_key: node['instrument_server']['api_key'], hostname: node.name.gsub(/[^A-Za-z0-9_.-]/, '_'))
  verify 'instrument_server check -u instrument_server -f %{path}'
end

# A plugin runs at the next tick if its mode and its owner are right.
cookbook_file '/etc/instrumental_scripts/load_per_core.sh' do
  owner 'instrument_server'
  group 'instrument_server'
  mode '0700'
end

service 'instrument_server' do
  action %i[enable start]
end
