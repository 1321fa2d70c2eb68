import type { MavenSet } from '../maven/maven-set.js';

export const ARTEMIS: MavenSet = {
  name: 'artemis-2.56.0',
  artifacts: ['org.apache.artemis:apache-artemis:2.56.0:tar.gz:bin'],
  sums: `
df469079b6388c8c6276197388a0f5ee0d64d0ca42d7f0e2ca5e392e21b955de  apache-artemis-2.56.0-bin.tar.gz
`,
};

const CLASSIC_PARTS = ['activemq-broker', 'activemq-amqp', 'activemq-jaas', 'activemq-kahadb-store', 'activemq-spring'];

/** The distribution itself is not in Maven's repository; these are its parts that an AMQP broker needs. */
export const CLASSIC_6: MavenSet = {
  name: 'activemq-classic-6.3.1',
  artifacts: [
    ...CLASSIC_PARTS.map((part) => `org.apache.activemq:${part}:6.3.1`),
    'org.springframework:spring-context:7.0.8',
    'org.slf4j:slf4j-simple:2.0.18',
  ],
  sums: `
bef548ca8353cf4a6d7a74e392171bffd9eb24d95290e4753f15dacd97435e7a  activemq-amqp-6.3.1.jar
2590d88a5b5fd475efb9931b2aadda8e2030bff1fc2e083f62445edc3ba7c95e  activemq-broker-6.3.1.jar
70e745760829841d821141f47dea66f0fe7cc3b6bb64e1da2e54bdbc8b4fdad4  activemq-client-6.3.1.jar
a46248557544099590fffa48df42dd734c375d1ddafe5d55c3781424d4970041  activemq-jaas-6.3.1.jar
89edb86650127242e3addc94aea4b79808f2c9f1f19285d70e73db7e64137bfd  activemq-jms-pool-6.3.1.jar
d70d2927bbea2e26ff2389c822c856469dc58dc427c8ae45ca8f37f047f2dcce  activemq-kahadb-store-6.3.1.jar
195682e776e5f14bad78e8768965bffeda8528dd2f620631af0aa9cd8554396f  activemq-openwire-legacy-6.3.1.jar
4d859678fc0a6030a83c99b0d305edd3a5aeda3b868149e744ca55028e0a670b  activemq-pool-6.3.1.jar
c6771e870ee661879ae6f38a3b73bda9cd6dfe3bbc1d11031480cc11dc86a79e  activemq-protobuf-6.3.1.jar
6e573705364858f2e17287855835d4ed7bed4cb71b92296f31e8e85db5636526  activemq-spring-6.3.1.jar
bcfa023daea8525d6db029ea82e8f58dbf1a06006db6526d9f984dbf215d8a75  commons-logging-1.0.3.jar
f77a5060d6936a9144023584232f9de3f2248f1abfe156e9d31795f18770674f  commons-pool2-2.13.1.jar
c6b45db967f3b2b3e28fd2f0724b1730a89d3f5aa9eef3664de29caba219593e  hawtbuf-1.11.jar
21ddb598807d3a51a876704eb979d9296e1c6a6f47ab1826ff88c6d6a127a2d0  jackson-annotations-2.22.jar
941ff029bcdb93e83d209ce516c1a7fb8bbac07d0a2fa122f5bf194b2cd7b4f4  jackson-core-2.22.1.jar
7dcd7e53bec1f56c7ad278bd1ca0840bebcc595d61ce44d6a8439abb75b965b2  jackson-databind-2.22.1.jar
b01f55552284cfb149411e64eabca75e942d26d2e1786b32914250e4330afaa2  jakarta.annotation-api-3.0.0.jar
6605e08075ab389c359451c7854808cf4b1575e1ea6317e534e9d4df088096df  jakarta.jms-api-3.1.0.jar
1fad6e6be7557781e4d33729d49ae1cdc8fdda6fe477bb0cc68ce351eafdfbab  jspecify-1.0.0.jar
45aff76226830db257f4bc39a5bcff83d633e572fee9dc4e45cfa12af9a0a49a  micrometer-commons-1.16.6.jar
4c0826d5e7c8522a8e111470b4e77f77b0a10f520eb5502ddd143fdbcedb2340  micrometer-observation-1.16.6.jar
4d52a792cc36a8c3e99fe9b03e01f4b9d3f2f004d74bcf4f2ea7ad14387464c1  proton-j-0.35.0.jar
44508fd1576500688c790b190acdd16fec4f8c79a3e0b900afd70503cf055f55  slf4j-api-2.0.18.jar
8268bd018a5709b07209e0d8ca6221a37584ba1bc12ba985b8335a82c648bdd0  slf4j-simple-2.0.18.jar
1178f039e087884174e2affc46e484f4a8bd7f2a4e011d33dd9137709f740f80  spring-aop-7.0.8.jar
6ec2e361a8872a71d8b1ff66f1bcb8cfa29fcc437931998919da7cecfb59b45b  spring-beans-7.0.8.jar
1eb7d552414ebac00e30ab3e809138d810785f6d2c4271db77cdf0181f308f19  spring-context-7.0.8.jar
726ba2a5130833644bdf267a55ff26e1f52e8dcc9aa1ffa06904ca9c14619f25  spring-core-7.0.8.jar
3c97c38ab59c77ee886e08ccf8096f6bb58a1245f68dfed7a40e93f41c435f9a  spring-expression-7.0.8.jar
1158138e7fca88fca21b7afb3689c6d894ebc4eb0c8a124204d63572ca3f5bd7  xbean-spring-4.31.jar
`,
};

/** The last line that runs on Java 11. */
export const CLASSIC_5: MavenSet = {
  name: 'activemq-classic-5.19.0',
  artifacts: [
    ...CLASSIC_PARTS.map((part) => `org.apache.activemq:${part}:5.19.0`),
    'org.springframework:spring-context:5.3.39',
    'org.slf4j:slf4j-simple:2.0.18',
  ],
  sums: `
01b8fc31320e8011a380fc2658801ca45ac2ea875de30ba0eda27a3abfb9d2e3  activemq-amqp-5.19.0.jar
276842c582b8a7f1b635315dac049b3e884b5924e2e9f96e283952d3e8b1be4e  activemq-broker-5.19.0.jar
e66b0498e903b3f5bbe2c57fff207349f8255f17d0a0bd2b4a5538e9e694eb79  activemq-client-5.19.0.jar
b38141be2a2cc497a1029aa0627aaaaedd9aaad2c7840a7cf61e90699561e0cc  activemq-jaas-5.19.0.jar
4c9ad2ed9cd91b8a5d5a31aa76b54ee6d141cea4fb991ceb006b29a2a66e9d82  activemq-jms-pool-5.19.0.jar
be0bbf88ab3321c6a885b6b1e2ae70f2e4c6ae89fbf4eb383e3949367b28ce90  activemq-kahadb-store-5.19.0.jar
c8f2352782838fcf32c49f8f0476479645395456f9d81572c94dcd190eb3bd91  activemq-openwire-legacy-5.19.0.jar
3c92bfa18786efbaed273360713e2e4ea93c0e892637fecd2c79730f61a407fb  activemq-pool-5.19.0.jar
8323444e48a1920afe37b5f24b6dc139f35793e8a87fa178f6d9c8f92a6f39d1  activemq-protobuf-1.1.jar
6cf29e40febf21262c0052b4351e260bc67746e44b2e1bc8d951b7b3bbdf9116  activemq-spring-5.19.0.jar
bcfa023daea8525d6db029ea82e8f58dbf1a06006db6526d9f984dbf215d8a75  commons-logging-1.0.3.jar
5273c8bc8c0dca2211175c0d27efbd7228efae99689aac001a8e1ef8e872e9ef  commons-pool2-2.12.1.jar
3a0c3c1bbc2efe8383969574922791959670ef547d6c897496915617025c3023  geronimo-jta_1.1_spec-1.1.1.jar
c6b45db967f3b2b3e28fd2f0724b1730a89d3f5aa9eef3664de29caba219593e  hawtbuf-1.11.jar
8aa5740d80b5a5025508b41bbadbaa1fb3772267c628b2e30681a4f45f8b8931  jackson-annotations-2.18.3.jar
056bc4d3e5e53ce821450fa97b3f9e0f8dde125cf6da6884353bb1f09582e1d9  jackson-core-2.18.3.jar
510bdda75a7a6186c5bf33b851239488a1450906ae5757121f2e1cc48a7e108f  jackson-databind-2.18.3.jar
5940937cb1095764a0039dae147395e37528a0575e2366f4dd20713b7785044a  jakarta.jms-api-2.0.3.jar
e04ba5195bcd555dc95650f7cc614d151e4bcd52d29a10b8aa2197f3ab89ab9b  javax.annotation-api-1.3.2.jar
e1b53dc9a1e54b23aff6ece693bbf3b2ab25004542031ec49018329b038888ea  proton-j-0.34.1.jar
a12578dde1ba00bd9b816d388a0b879928d00bab3c83c240f7013bf4196c579a  slf4j-api-2.0.16.jar
8268bd018a5709b07209e0d8ca6221a37584ba1bc12ba985b8335a82c648bdd0  slf4j-simple-2.0.18.jar
aa706e4f749982c0bae5fa637433c44c24f0fff5d16dc41deea6d30c3dfa7c85  spring-aop-5.3.39.jar
b6697a5d8facb81aa75e5a46d959d4256da9ce3b40d33f3b5bbd42a8b1ed5722  spring-beans-5.3.39.jar
9e644fc33bece9a9cb82538167a1b9640ae7b7d80252e893d89b8926a2f81633  spring-context-5.3.39.jar
3a1ddcf05420a9181bd9cacb6062a3edc493e14d555961ad50e1a6360eb1e75f  spring-core-5.3.39.jar
d5337774d889fcdc9c08b0c8b8aaa1018d4c95b9b441db0118f7ae4d328f2810  spring-expression-5.3.39.jar
adbe656fc622e2457fefa09529d4b7c1126a3c4ff1c9306907764fcc93f1b725  spring-jcl-5.3.39.jar
7c90a0e20ba584d048fc0c519bd1a2870f1d381f0577ee2bf0eed1a5c76c7f39  xbean-spring-4.26.jar
`,
};
