import type { Account } from '../process/own-server.js';

/** What an instance's `etc` folder holds; the names are those that the broker looks for. */
export interface ArtemisSettings {
  readonly port: number;
  readonly account: Account;
  readonly data: string;
  /** Added to the settings of every address, or in their place. */
  readonly addressSettings: Readonly<Record<string, string>>;
  /** Added to the core's settings, or in their place. */
  readonly coreSettings: Readonly<Record<string, string>>;
}

/** All that one user may do, and nobody else. */
const PERMISSIONS = [
  ...['createNonDurableQueue', 'deleteNonDurableQueue', 'createDurableQueue', 'deleteDurableQueue'],
  ...['createAddress', 'deleteAddress', 'consume', 'browse', 'send', 'manage', 'view', 'edit'],
].map((type) => `<permission type="${type}" roles="amq"/>`);

export function artemisFiles(settings: ArtemisSettings): Record<string, string> {
  const { username, password } = settings.account;
  return {
    'broker.xml': brokerXml(settings),
    'bootstrap.xml': `<broker xmlns="http://activemq.apache.org/schema">
  <jaas-security domain="activemq"/>
  <server configuration="file:${settings.data}/../etc/broker.xml"/>
</broker>
`,
    'management.xml': '<management-context xmlns="http://activemq.apache.org/schema"/>\n',
    'login.config': `activemq {
  org.apache.activemq.artemis.spi.core.security.jaas.PropertiesLoginModule required
    reload=true
    org.apache.activemq.jaas.properties.user="artemis-users.properties"
    org.apache.activemq.jaas.properties.role="artemis-roles.properties";
};
`,
    'artemis-users.properties': `${username} = ${password}\n`,
    'artemis-roles.properties': `amq = ${username}\n`,
    'log4j2.properties': `rootLogger.level = WARN
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %-5level [%logger] %msg%n
`,
  };
}

function brokerXml({ port, data, addressSettings, coreSettings }: ArtemisSettings): string {
  const core = {
    name: 'sluice',
    'persistence-enabled': 'true',
    // The other kinds need a file system that a small disk of memory is not.
    'journal-type': 'NIO',
    'journal-datasync': 'true',
    'journal-file-size': '10M',
    'journal-min-files': '2',
    'journal-pool-files': '4',
    'journal-directory': `${data}/journal`,
    'bindings-directory': `${data}/bindings`,
    'paging-directory': `${data}/paging`,
    'large-messages-directory': `${data}/large-messages`,
    'disk-scan-period': '500',
    'max-disk-usage': '98',
    'critical-analyzer': 'false',
    'global-max-size': '100M',
    ...coreSettings,
  };
  const address = {
    'dead-letter-address': 'DLQ',
    'expiry-address': 'ExpiryQueue',
    'address-full-policy': 'PAGE',
    'auto-create-queues': 'true',
    'auto-create-addresses': 'true',
    'auto-delete-queues': 'false',
    'auto-delete-addresses': 'false',
    ...addressSettings,
  };
  return `<configuration xmlns="urn:activemq">
  <core xmlns="urn:activemq:core">
    ${elements(core)}
    <acceptors>
      <acceptor name="amqp">tcp://127.0.0.1:${port}?protocols=AMQP,CORE;amqpCredits=1000;amqpLowCredits=300</acceptor>
    </acceptors>
    <security-settings>
      <security-setting match="#">${PERMISSIONS.join('')}</security-setting>
    </security-settings>
    <address-settings>
      <address-setting match="#">
        ${elements(address)}
      </address-setting>
    </address-settings>
    <addresses>
      <address name="DLQ"><anycast><queue name="DLQ"/></anycast></address>
      <address name="ExpiryQueue"><anycast><queue name="ExpiryQueue"/></anycast></address>
    </addresses>
  </core>
</configuration>
`;
}

function elements(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('\n    ');
}
