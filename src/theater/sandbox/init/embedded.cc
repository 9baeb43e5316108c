// The bytes of the program that is the first process of a sandbox, as init_image.cc reads them.
asm(".section .rodata\n"
    ".balign 16\n"
    ".global theater_sandbox_init_begin\n"
    ".global theater_sandbox_init_end\n"
    "theater_sandbox_init_begin:\n"
    ".incbin \"" THEATER_SANDBOX_INIT
    "\"\n"
    "theater_sandbox_init_end:\n"
    ".byte 0\n"
    ".text\n");
