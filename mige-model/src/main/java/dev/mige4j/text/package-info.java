/**
 * Words: {@link mige.text.Caption} cleans them, {@link mige.text.Prompts} says what the task is,
 * {@link mige.text.Tokenizer} turns them into ids.
 */
package dev.mige4j.text;
