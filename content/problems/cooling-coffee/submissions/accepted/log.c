#include <math.h>
#include <stdio.h>

int main(void) {
    double t0, e, k, t;
    if (scanf("%lf %lf %lf %lf", &t0, &e, &k, &t) != 4) return 1;
    if (t == t0)
        puts("0");
    else if ((e < t && t < t0) || (t0 < t && t < e))
        printf("%.12g\n", (log(fabs(t0 - e)) - log(fabs(t - e))) / k);
    else
        puts("never");
    return 0;
}
