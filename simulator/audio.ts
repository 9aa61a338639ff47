import type { Contact, World } from './model.ts'
export function describeAudio(_world: World, _contact: Contact): void {}
