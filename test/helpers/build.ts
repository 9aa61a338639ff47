import { build } from '../../scripts/build.mjs'

/** Integration and end-to-end tests run what users run: the built server and pages. */
export default function setup(): void {
  build()
}
