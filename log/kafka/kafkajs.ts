import kafkajs from 'kafkajs'

/** kafkajs is CommonJS whose names Node does not see: they are taken from its one export. Types come from 'kafkajs' itself. */
export const { AssignerProtocol, ConfigResourceTypes, Kafka, logLevel, Partitioners } = kafkajs
