/**
 * LoRA adapters: which linear layers they change, and the file that holds them.
 *
 * <pre>
 *   LoraConfig     rank, alpha and target modules
 *   LoraFile       one .safetensors file, as diffusers and PEFT read it
 *   LoraMetadata   what a file says about itself: config, base model, trigger word
 * </pre>
 */
package dev.mige4j.weights.lora;
