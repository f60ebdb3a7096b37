import { css } from 'lit'

/** Two columns where the dialog is wide enough: the choices, and the preview that stays in sight. */
export const styles = css`
  :host {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(17em, 100%), 1fr));
    gap: 1.25em 2em;
    line-height: 1.4;
  }
  fieldset {
    margin: 0 0 1em;
    padding: 0;
    border: 0;
  }
  legend {
    padding: 0;
    font-weight: 700;
  }
  label {
    display: block;
    margin-block: 0.6em;
  }
  label.line {
    display: flex;
    gap: 0.5em;
    align-items: baseline;
  }
  input:not([type='checkbox']),
  select {
    display: block;
    box-sizing: border-box;
    inline-size: 100%;
    min-block-size: 2.4em;
    margin-block-start: 0.2em;
    padding: 0.35em 0.5em;
    border: 1px solid color-mix(in srgb, currentColor 55%, transparent);
    border-radius: 0.3em;
    background: Field;
    color: FieldText;
    font: inherit;
  }
  .note {
    display: block;
    margin: 0.3em 0 0;
    font-size: 0.9em;
  }
  .preview {
    position: sticky;
    inset-block-start: 0;
    padding: 1em;
    border: 1px dashed color-mix(in srgb, currentColor 40%, transparent);
    border-radius: 0.5em;
  }
  .stage {
    margin-block-start: 1em;
  }
`
