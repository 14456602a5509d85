// What the page uses of Plotly, which arrives after the page works.

interface PlotlyTrace {
  type: string;
  [attribute: string]: unknown;
}

interface PlotlyLayout {
  [attribute: string]: unknown;
}

interface PlotlyConfig {
  [option: string]: unknown;
}

interface PlotlyImage {
  format?: "png" | "svg" | "jpeg" | "webp";
  width?: number;
  height?: number;
  scale?: number;
}

interface PlotlyApi {
  newPlot(
    place: HTMLElement,
    traces: PlotlyTrace[],
    layout?: PlotlyLayout,
    config?: PlotlyConfig,
  ): Promise<HTMLElement>;
  react(
    place: HTMLElement,
    traces: PlotlyTrace[],
    layout?: PlotlyLayout,
    config?: PlotlyConfig,
  ): Promise<HTMLElement>;
  purge(place: HTMLElement): void;
  /** A data address of the picture. */
  toImage(place: HTMLElement, image?: PlotlyImage): Promise<string>;
  Plots: {
    resize(place: HTMLElement): Promise<HTMLElement>;
  };
}

interface Window {
  /** Absent until its script has arrived: the page works before that. */
  Plotly?: PlotlyApi;
}
