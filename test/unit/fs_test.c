#include "fs_rig.h"
#include "store_suite.h"
int main(void){ return store_suite_run("fs", fs_rig_setup, fs_rig_teardown);}
