/**
 * Text: {@link dev.mige4j.text.Caption} cleans it, {@link dev.mige4j.text.PromptTemplates} adds the prefix of the task,
 * {@link dev.mige4j.text.Tokenizer} turns it into token ids.
 */
package dev.mige4j.text;
