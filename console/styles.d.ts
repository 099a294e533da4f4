/** A stylesheet asked for as text: the widget lives in a shadow root, where a link of the page does not reach. */
declare module '*.css?inline' {
  const css: string;
  // biome-ignore lint/style/noDefaultExport: this is how the bundler hands a stylesheet over
  export default css;
}

/** Where the build put the lazily loaded panel, relative to the loader. */
declare const PANEL_FILE: string;
