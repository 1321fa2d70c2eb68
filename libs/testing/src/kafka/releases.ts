import type { MavenSet } from '../maven/maven-set.js';

/** The newest line of Kafka, KRaft only. */
export const KAFKA_4: MavenSet = {
  name: 'kafka-4.3.1',
  artifacts: ['org.apache.kafka:kafka_2.13:4.3.1', 'org.slf4j:slf4j-simple:1.7.36'],
  sums: `
22d1d4316c4ec13a68b559e98c8256d69071593731da96136640f864fa14fad8  HdrHistogram-2.2.2.jar
65ceb669d88f63306c680f8088bbf765bbca72d288a61a03703000076c3d3f56  argparse4j-0.7.0.jar
ec411dfdf0c03f25218648ce89861630b71680e5858a9a7278ebac8e55cab3d7  caffeine-3.2.0.jar
9e44ba68ec9a3f21286fa2a8bbb003b735c0f69101bb43144b79f4f8aaa74709  commons-beanutils-1.11.0.jar
eeeae917917144a68a741d4c0dff66aa5c5c5fd85593ff217bced3fc8ca783b8  commons-collections-3.2.2.jar
e0b2b980a84fc6533c5ce291f1917b32c507f62bcad64198fff44368c2196a3d  commons-digester-2.1.jar
6d7a744e4027649fbb50895df9497d109f98c766a637062fe8d2eabbb3140ba4  commons-logging-1.3.5.jar
ed74711a78d793ca37f6075e4a1e93d107233dfd20d0bb17e32bad88d38e56aa  commons-validator-1.10.1.jar
23028a3fd006e530bf495f551083208187cafd8f80624d048eba56442f16a50e  hash4j-0.22.0.jar
53ca085f4a150f703f49e1aabd935bd03b43e1ea3d55d135438292af22cef56b  jackson-annotations-2.21.jar
12e8655b100267b44d0f14d01b1f5082a5105e616174dc4307be1a761e92407b  jackson-core-2.21.2.jar
8c982f01f148d805f0aaac2339011244757e0df7c6ff8951f2fa3f433b8ed849  jackson-databind-2.21.2.jar
682f8c7977e02a42748426bf54946e32e52e2f80b84b6642801ab12bd541368a  jackson-dataformat-csv-2.21.2.jar
d25551812fa0c14f37cabaa9401e63eadcea42ce36311183af5622d5bc8a1bc7  jackson-dataformat-yaml-2.21.2.jar
e581bbf3fc5622d16b57366dd41e10fc56921fb202879de2ef487f87dd9b30e7  jackson-datatype-jdk8-2.21.2.jar
df26cc58f235f477db07f753ba5a3ab243ebe5789d9f89ecf68dd62ea9a66c28  jopt-simple-5.0.4.jar
7314af50cde9c99e8eaf43eee617a23edcc6bb43036221064355094999d837ef  jose4j-0.9.6.jar
1fad6e6be7557781e4d33729d49ae1cdc8fdda6fe477bb0cc68ce351eafdfbab  jspecify-1.0.0.jar
52501b7b47510c66f898871adaf6d2968ab7246561d44ced43643a8a587f0b36  kafka-clients-4.3.1.jar
66a86b8c89718216ffa72fe4e44b9d1bdf3472e4cb9200c36a0742a25febbdba  kafka-coordinator-common-4.3.1.jar
4ab56d002e1624185c874199e9e0ffb243dbeb9f68b4d0cadf48ce2f617a1126  kafka-group-coordinator-4.3.1.jar
d81bc1a3739ff6c9b21815baae00022306342a16d3d94e6a2621201b9980a30d  kafka-group-coordinator-api-4.3.1.jar
4d73a96c6474a4ebdd67a1cee14da1a94cfd6bb9e6e252685ba5667d8ab7f898  kafka-metadata-4.3.1.jar
46abbf89806dd22d848e997cdfb1431524cab4ec88e38a7d2806e20b24a70609  kafka-raft-4.3.1.jar
01d736599ec3b0cdbb0480c15219170b28cdae189785e7f0c6f1f26e528eaebc  kafka-server-4.3.1.jar
d7c719f749579a399011f0df7414de8a78f10f074a6122caa550fdb141351575  kafka-server-common-4.3.1.jar
8ceeed7346127e652ea5c650b217890aaff14919f967d27fadce420745bd3066  kafka-share-coordinator-4.3.1.jar
97e3facddd2914a58f28ec91ef35f8da69963eab3651196e97f487924f6dac98  kafka-storage-4.3.1.jar
bc2b22639fa554494461d101d599e01bae840d97c4f46e18fdf3d2fe41a47098  kafka-storage-api-4.3.1.jar
dcf6785742e0c8ab11a0fc09c62f1192e11e997dc629669a8db82aa40d933c31  kafka-tools-api-4.3.1.jar
c64aaa2a88d8fd382c4800204872917686e542043c7916c9e8797d939d8eb313  kafka-transaction-coordinator-4.3.1.jar
b098abef5ff878e76f60cd6c559b9baa5663ccb1b55f2837558b22c329d32423  kafka_2.13-4.3.1.jar
c4b642a7f047275215de117e0e3847eb2c7711d84a0aa7433e7b3c096daf341d  log4j-api-2.25.4.jar
10fee2c0485d54fa44ee75d314f6295508f7b932281873db61a91b88073200e6  log4j-core-2.25.4.jar
252dabd586d22149a31661a8afc1a50747714eb1a298bd4a6e780c8c91a13866  lz4-java-1.10.2.jar
6b7a14a6f34c10f8683f7b5e2f39df0f07b58c7dff0e468ebbc713905c46979c  metrics-core-2.2.0.jar
2bbeef5797a241300c4f7513cd546239629ed7deda4fc0c31df90bb95f5f13ef  pcollections-4.0.2.jar
7b52c72156dd7f98b3237a5b35c1d34fba381b21048c89208913ad80a45dfbd7  re2j-1.8.jar
4e85d96ff7bc7dc627985523c3541b9917aaa08e956391380c42db21a2c4e5a0  scala-library-2.13.18.jar
0ad0c3f4d89d538b3b6c300158555e266aa69cf1b5f6522aba8b5bad238eb994  scala-logging_2.13-3.9.6.jar
6935ff1982b2ac93d695f15aa66921be2f602921277afe002f018fd8c7d6e29b  scala-reflect-2.13.18.jar
d3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0  slf4j-api-1.7.36.jar
2f39bed943d624dfa8f4102d0571283a10870b6aa36f197a8a506f147010c10f  slf4j-simple-1.7.36.jar
e6682acf1ace77508ef13649cbf4f8d09d2cf5457bdb61d25ffb6ac0233d78dd  snakeyaml-2.5.jar
4c766cb3f855415ee734b2392949a0b6f12a60879334a74518deaf6270d32e36  snappy-java-1.1.10.7.jar
b6c3237e24b8252a5a9c3a0e1ae30ef8f323412e74bd358548b7a9e527d676df  zstd-jni-1.5.6-10.jar
`,
};

/** The last line before 4, in KRaft mode; the new rebalance protocol is a preview there. */
export const KAFKA_3: MavenSet = {
  name: 'kafka-3.9.2',
  artifacts: ['org.apache.kafka:kafka_2.13:3.9.2', 'org.slf4j:slf4j-simple:1.7.36'],
  sums: `
65ceb669d88f63306c680f8088bbf765bbca72d288a61a03703000076c3d3f56  argparse4j-0.7.0.jar
ffb101fc066360ff3c77457c927fd7967fb096a6ee9e046ab7071447d8208efc  audience-annotations-0.12.0.jar
1e0a7bbef1dd791653143f3f05d0e489934bf5481e58a87c9e619cd46b68729b  caffeine-2.9.3.jar
9e44ba68ec9a3f21286fa2a8bbb003b735c0f69101bb43144b79f4f8aaa74709  commons-beanutils-1.11.0.jar
fd3c7c9545a9cdb2051d1f9155c4f76b1e4ac5a57304404a6eedb578ffba7328  commons-cli-1.4.jar
eeeae917917144a68a741d4c0dff66aa5c5c5fd85593ff217bced3fc8ca783b8  commons-collections-3.2.2.jar
e0b2b980a84fc6533c5ce291f1917b32c507f62bcad64198fff44368c2196a3d  commons-digester-2.1.jar
e35d1df7232568ed4b81d9a9ed94a0159b3ff6cf1915cc21eef5cb55d7b157a2  commons-io-2.14.0.jar
6d7a744e4027649fbb50895df9497d109f98c766a637062fe8d2eabbb3140ba4  commons-logging-1.3.5.jar
ed74711a78d793ca37f6075e4a1e93d107233dfd20d0bb17e32bad88d38e56aa  commons-validator-1.10.1.jar
a249d4d25dfb86d41e6c82fc335df580189f0c9feeabdc53233fc1e5060724a1  error_prone_annotations-2.10.0.jar
d1cdd269ebaa753d1842933194e17d61958f058952d63e03dbfb3d1d78a6926e  jackson-annotations-2.16.2.jar
4f43e2f1430b2d2413e8e5a3d79138e57e891d6a961b18c28ac90859639d8664  jackson-core-2.16.2.jar
53b6025d98c357068296e4b134242443a248c2c582800879f1c4ea93b54bafa6  jackson-databind-2.16.2.jar
01a04610def154c50369e8bcd7c5ae1401579f591aa55e88f05093447e24d490  jackson-dataformat-csv-2.16.2.jar
3e9b1b59f638b487b5ae0e2f4190fc98f72b0bf661324e7dfc71a69f6b9d4e29  jackson-datatype-jdk8-2.16.2.jar
1154f6dc8643739c0c3ef4c2a7901ca752b5cca7ebe1908d405ced701a8f3764  jackson-module-scala_2.13-2.16.2.jar
df26cc58f235f477db07f753ba5a3ab243ebe5789d9f89ecf68dd62ea9a66c28  jopt-simple-5.0.4.jar
7314af50cde9c99e8eaf43eee617a23edcc6bb43036221064355094999d837ef  jose4j-0.9.6.jar
014b4ef36884478a932641818b080c36a8f8e2e92dc771e800c9d2694f4f83d8  kafka-clients-3.9.2.jar
d4d57f0955895cc38381f346f5ff7eba487afafa5ba264804af18393305b32fd  kafka-group-coordinator-3.9.2.jar
bd903ba506c8309401a331ef1b826612d1cb95862879551031428da5cf50eab6  kafka-group-coordinator-api-3.9.2.jar
ffe970aee12f00df4b0162f31c719df7c412f9207c166a74cef6611be25a255e  kafka-metadata-3.9.2.jar
f897533828e55ac466a5b183a25dccbe5a7b97c02162dac38e25338feddfe422  kafka-raft-3.9.2.jar
4f8667dbd664c4b0906e05499cfdc5f558f14c098b77fa6c09656cceb62a63ef  kafka-server-3.9.2.jar
0374b3f13c3c4b7fd446d35df1ccb0c60931ea27d4972b4de1bb1d548a87f5b2  kafka-server-common-3.9.2.jar
8a3d7b67dfcd34b1334d4994ed4106ba9c9b37ebcbb177ac47ff44050e8ab84b  kafka-storage-3.9.2.jar
565ab8540b50c7f00ea62c77a6639237ed3a80550245be70dc733f157cd280d6  kafka-storage-api-3.9.2.jar
501ac034b93853c3dcba4b49e32c7c795de109a96b8ab6d59a9ab19e6ef11491  kafka-tools-api-3.9.2.jar
d6ca25648111dfd11f76d3d0f7f51a9458784b645f4e56ce34fbc58d9c9d0296  kafka-transaction-coordinator-3.9.2.jar
dddf49b18c931301fece0048a76d6b0956c36c8b1d1fc721bfed318aa6ee3e4f  kafka_2.13-3.9.2.jar
a58a84c4271e50df4c96ed916ccb7e48a869f8ed9cdcda1ad5d3d4c33b0214a3  lz4-java-1.10.1.jar
6b7a14a6f34c10f8683f7b5e2f39df0f07b58c7dff0e468ebbc713905c46979c  metrics-core-2.2.0.jar
cec34936faa625039f4e46123eccaa10a9eb9d9a40c6075830cd81330e259cf9  metrics-core-4.1.12.1.jar
cc1b0108a60b1eb69bd01a10922851a166c58972cc0683f2116a9e8e7ecdaf0b  netty-buffer-4.1.105.Final.jar
c4f62480b408fb835b454c74cf6394a4c7088ffdaec78742fcece816c46bb58e  netty-codec-4.1.105.Final.jar
399a8045fb43861afb7fc1ef3371f95a0b176692fb268f4867cff4957e63fd25  netty-common-4.1.105.Final.jar
5a6945cf1de374628b37ab1c35a4c47c2f5616db3a94b150720641477112be8e  netty-handler-4.1.105.Final.jar
7202edd076a1edab50fdb0f3e54f56a02129b326296d9f35f4194f8cfb9b96ef  netty-resolver-4.1.105.Final.jar
be9b8a2f86685a876e469c904cb9fce53a1e826e178d44d2b1d92f6a99054737  netty-transport-4.1.105.Final.jar
a43bf94f784eb759c14f0b0c7e1c5985a64879e8c7ab21ba7c0c80f7a9382b30  netty-transport-classes-epoll-4.1.105.Final.jar
61f09ce16f0fd25e57a0a732f8fb79344f6b95051d88ac50a28874ad92e6d149  netty-transport-native-epoll-4.1.105.Final.jar
7db91b72aae19e1cdca13c7fa76d57db20cbaf5b1e770563909a4437c63eb5cb  netty-transport-native-unix-common-4.1.105.Final.jar
688cb118a6021d819138e855208c956031688be4b47a24bb615becc63acedf07  paranamer-2.8.jar
1f82766d7c3221930854033bebff5073ea46b43f27326074bbe15d148c18bfb3  pcollections-4.0.1.jar
bb10091bd55131a5327bdeddede74e5d8a695acab24a97567111784f2f427299  scala-collection-compat_2.13-2.10.0.jar
90d5b13656be93fb779b8d7c723efa2498a34af06273bb5204afb65f85a20c1b  scala-java8-compat_2.13-1.0.2.jar
8e4dbc3becf70d59c787118f6ad06fab6790136a0699cd6412bc9da3d336944e  scala-library-2.13.15.jar
87a3017d3f43e6ace7566fe4c3d615134c6914ff871c8d64bb32ca1d996d0545  scala-logging_2.13-3.9.5.jar
78d0cc350e1ee42d87c6e11cf5b0dc7bf0b70829c00aa38f27bfb019d439dc11  scala-reflect-2.13.15.jar
d3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0  slf4j-api-1.7.36.jar
2f39bed943d624dfa8f4102d0571283a10870b6aa36f197a8a506f147010c10f  slf4j-simple-1.7.36.jar
0f3f1857ed33116583f480b4df5c0218836c47bfbc9c6221c0d73f356decf37b  snappy-java-1.1.10.5.jar
2d77b152039e7f85dc5438a9304febff86a2f3e55c88976a8be309af39028e97  zookeeper-3.8.4.jar
93e854b55d731e745bafec187e2e7bf3389fd2a88e2fc8d1a3c1b9110284b284  zookeeper-jute-3.8.4.jar
793ca8734aa15687e7e64564eab8b6ae9ee2720eae27aa663074682144b1c386  zstd-jni-1.5.6-4.jar
`,
};

const RELEASES: readonly MavenSet[] = [KAFKA_4, KAFKA_3];

/** What the tests run on: the newest, or the one that `TEST_KAFKA_RELEASE` names, to prove another version. */
export function kafkaUnderTest(): MavenSet {
  const name = process.env['TEST_KAFKA_RELEASE'] || KAFKA_4.name;
  const release = RELEASES.find((one) => one.name === name);
  if (release) return release;
  throw new Error(`TEST_KAFKA_RELEASE is '${name}'. Set it to one of: ${RELEASES.map((one) => one.name).join(', ')}.`);
}
